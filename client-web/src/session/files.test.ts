import { afterEach, expect, it, vi } from 'vitest';
import type { FileAccess } from '../api/files';
import type { UploadAnswer, UploadLine } from '../transfer/upload';
import { DesktopFiles } from './files';
import { FilesRefused } from './link';

const ok = (offset: number): UploadAnswer => ({ status: 204, offset, code: '', detail: '' });
const refusal = (status: number, code: string): UploadAnswer => ({ status, offset: undefined, code, detail: '' });
const begin = 'POST /h/1/files/uploads';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A host whose answers are taken from a list for each address; without one it begins uploads and gives them up. A status alone is a refusal. */
function setUp({ answers = {}, access, line }: { answers?: Record<string, unknown[]>; access?: () => Promise<FileAccess>; line?: Partial<UploadLine> } = {}) {
  const asked: string[] = [];
  let [begun, tickets] = [0, 0];
  vi.stubGlobal('fetch', (path: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
    asked.push(`${method} ${path} ${headers['Vdi-Ticket']}`);
    const next = answers[`${method} ${path}`]?.shift();
    if (next === 'silence') return Promise.reject(new TypeError('Failed to fetch'));
    const [status, value] = Array.isArray(next) ? (next as [number, object]) : method === 'POST' ? [201, { id: `u${++begun}` }] : [204, null];
    return Promise.resolve(new Response(value === null ? null : JSON.stringify(value), { status }));
  });
  const held: boolean[] = [];
  const delays: number[] = [];
  const files = new DesktopFiles({
    access: access ?? (() => Promise.resolve({ address: '/h/1/files', ticket: `t${++tickets}` })),
    line: { head: () => Promise.resolve(ok(0)), patch: (_, offset, piece) => Promise.resolve(ok(offset + piece.byteLength)), ...line },
    clock: { now: () => 0, delay: (milliseconds) => { delays.push(milliseconds); return Promise.resolve(); }, after: () => () => undefined, woken: () => ({ dispose: () => undefined }) },
    leaving: { hold: (on) => held.push(on) },
  });
  const settled: string[] = [];
  files.settled.on(({ name, state }) => settled.push(`${name} ${state.kind}`));
  const kinds = (): string[] => files.snapshot.map(({ name, state }) => `${name} ${state.kind}`);
  return { files, asked, delays, settled, kinds, isHeld: () => held.at(-1), all: (wanted: string[]) => vi.waitFor(() => expect(kinds()).toEqual(wanted)) };
}

const file = (name: string): File => new File(['hello'], name);
/** A line on which a piece is under way until it is let go or given up. */
function held(): { readonly line: Partial<UploadLine>; readonly go: (() => void)[] } {
  const go: (() => void)[] = [];
  return {
    go,
    line: {
      patch: (_target, offset, piece, _sent, stop) => new Promise((resolve) => {
        go.push(() => resolve(ok(offset + piece.byteLength)));
        stop.addEventListener('abort', () => resolve({ status: 0, offset: undefined, code: '', detail: '' }));
      }),
    },
  };
}

it('sends each file with a ticket of its own, and asks before the window is closed only meanwhile', async () => {
  const { files, asked, all, settled, isHeld } = setUp();
  let began = 0;
  files.began.on(() => began++);
  files.send([file('a'), file('b')]);
  expect(isHeld()).toBe(true);
  await all(['a done', 'b done']);
  expect(asked).toEqual([`${begin} t1`, `${begin} t2`]);
  expect(began).toBe(1);
  expect(settled.toSorted()).toEqual(['a done', 'b done']);
  expect(isHeld()).toBe(false);
  expect(files.snapshot.map(({ repeatable }) => repeatable)).toEqual([false, false]);
});

it('sends two at a time, and the others in the order in which they were chosen', async () => {
  const { line, go } = held();
  const { files, all } = setUp({ line });
  files.send([file('a'), file('b'), file('c')]);
  files.send([file('d')]);
  await all(['d waiting', 'a sending', 'b sending', 'c waiting']);
  await vi.waitFor(() => expect(go).toHaveLength(2));
  go[1]?.();
  await all(['d waiting', 'a sending', 'b done', 'c sending']);
  go[0]?.();
  await all(['d sending', 'a done', 'b done', 'c sending']);
});

it('waits for a line that is down, and goes on with the same upload by a new ticket', async () => {
  const patches = [refusal(401, 'wrong-ticket'), refusal(0, 'unknown')];
  const targets: string[] = [];
  const { files, asked, all } = setUp({ line: { patch: (target, offset, piece) => {
    targets.push(`${target.address} ${target.ticket}`);
    return Promise.resolve(patches.shift() ?? ok(offset + piece.byteLength));
  } } });
  const seen = new Set<string>();
  files.changed.on(() => files.snapshot.forEach(({ state }) => seen.add(state.kind)));
  files.send([file('a')]);
  await all(['a done']);
  expect(seen).toContain('down');
  expect(asked).toEqual([`${begin} t1`]);
  expect(targets).toEqual(['/h/1/files/uploads/u1 t1', '/h/1/files/uploads/u1 t2', '/h/1/files/uploads/u1 t2']);
});

it('begins when somebody answers again: no connection, no network, a server that starts', async () => {
  let tries = 0;
  const { files, delays, all } = setUp({
    access: () => (tries++ === 0 ? Promise.reject(new Error('not connected')) : Promise.resolve({ address: '/h/1/files', ticket: 't' })),
    answers: { [begin]: ['silence', [503, {}]] },
  });
  files.send([file('a')]);
  await all(['a done']);
  expect(delays).toHaveLength(3);
});

it.each([
  [400, { code: 'bad-name' }, { code: 'bad-name' }, false],
  [413, { code: 'too-large', most: 5 }, { code: 'too-large', most: 5 }, false],
  [403, { code: 'no-right' }, { code: 'no-right' }, true],
  [409, { code: 'no-agent' }, { code: 'no-agent' }, true],
  [507, { code: 'disk-full' }, { code: 'disk-full' }, true],
  [502, { code: 'machine-fault' }, { code: 'machine-fault' }, true],
  [429, { code: 'too-many' }, { code: 'too-many' }, true],
])('says why it is refused: %d %o', async (status, problem, refusal, repeatable) => {
  const { files, all, settled, isHeld } = setUp({ answers: { [begin]: [[status, problem]] } });
  files.send([file('a')]);
  await all(['a failed']);
  expect(files.snapshot[0]).toMatchObject({ state: { refusal }, repeatable });
  expect(settled).toEqual(['a failed']);
  expect(isHeld()).toBe(false);
});

it('knows from the hub that somebody has no right', async () => {
  const { files, asked, all } = setUp({ access: () => Promise.reject(new FilesRefused('no')) });
  files.send([file('a')]);
  await all(['a failed']);
  expect(files.snapshot[0]?.state).toMatchObject({ refusal: { code: 'no-right' } });
  expect(asked).toEqual([]);
});

it('tries again from the beginning, and throws away what there was', async () => {
  const patches = [refusal(507, 'disk-full')];
  const { files, asked, all } = setUp({ line: { patch: (_, offset, piece) => Promise.resolve(patches.shift() ?? ok(offset + piece.byteLength)) } });
  files.send([file('a')]);
  await all(['a failed']);
  files.again(files.snapshot[0]?.key ?? -1);
  await all(['a done']);
  expect(asked).toEqual([`${begin} t1`, 'DELETE /h/1/files/uploads/u1 t1', `${begin} t2`]);
});

it('leaves nothing of what is cancelled, and goes on with the others; it can be sent again', async () => {
  const { line, go } = held();
  const { files, asked, all } = setUp({ line, answers: { 'DELETE /h/1/files/uploads/u1': [[401, { code: 'wrong-ticket' }]] } });
  files.send([file('a'), file('b'), file('c')]);
  await vi.waitFor(() => expect(go).toHaveLength(2));
  const [a, , c] = files.snapshot.map(({ key }) => key);
  files.cancel(a ?? -1);
  files.cancel(c ?? -1);
  await all(['a cancelled', 'b sending', 'c cancelled']);
  await vi.waitFor(() => expect(asked.slice(2)).toEqual(['DELETE /h/1/files/uploads/u1 t2', 'DELETE /h/1/files/uploads/u1 t3']));
  files.again(a ?? -1);
  await vi.waitFor(() => expect(go).toHaveLength(3));
  go.forEach((each) => each());
  await all(['a done', 'b done', 'c cancelled']);
});

it('gives up what began just while it was cancelled', async () => {
  let answer: (value: Response) => void = () => undefined;
  const { files, all } = setUp();
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string, { method }: { method: string }) => {
    asked.push(`${method} ${path}`);
    return method === 'POST' ? new Promise<Response>((resolve) => { answer = resolve; }) : Promise.resolve(new Response(null, { status: 204 }));
  });
  files.send([file('a')]);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  files.cancel(files.snapshot[0]?.key ?? -1);
  answer(new Response(JSON.stringify({ id: 'late' }), { status: 201 }));
  await vi.waitFor(() => expect(asked.at(-1)).toBe('DELETE /h/1/files/uploads/late'));
  await all(['a cancelled']);
});

it('refuses folders with words, and clears only what is over', async () => {
  const { line } = held();
  const { files, settled, kinds, all } = setUp({ line });
  files.send([file('a')], ['pictures']);
  await all(['pictures failed', 'a sending']);
  expect(files.snapshot[0]).toMatchObject({ state: { refusal: { code: 'folder' } }, repeatable: false });
  expect(settled).toEqual(['pictures failed']);
  files.clear();
  expect(kinds()).toEqual(['a sending']);
});

it('says what lies on the desktop, by a new ticket where its own is too old', async () => {
  const folder = { folder: 'To my computer', files: [{ id: '1', name: 'a', bytes: 5 }], more: false };
  const shared = 'GET /h/1/files/shared';
  const { files, asked } = setUp({ answers: { [shared]: [[200, folder], [401, { code: 'wrong-ticket' }], [200, folder], [409, { code: 'no-agent' }]] } });
  expect(await files.shared()).toEqual(folder);
  expect(await files.shared()).toEqual(folder);
  await expect(files.shared()).rejects.toMatchObject({ code: 'no-agent' });
  expect(asked).toEqual([`${shared} t1`, `${shared} t1`, `${shared} t2`, `${shared} t2`]);
});

it('stops and gives up with its desktop', async () => {
  const { line, go } = held();
  const { files, asked, settled, isHeld } = setUp({ line });
  files.send([file('a'), file('b'), file('c')]);
  await vi.waitFor(() => expect(go).toHaveLength(2));
  files.dispose();
  await vi.waitFor(() => expect(asked.slice(2)).toEqual(['DELETE /h/1/files/uploads/u1 t2', 'DELETE /h/1/files/uploads/u2 t2']));
  expect([files.snapshot, settled, isHeld(), go.length]).toEqual([[], [], false, 2]);
});

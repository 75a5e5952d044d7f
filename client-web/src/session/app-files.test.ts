import { afterEach, expect, it, vi } from 'vitest';
import type { UploadLine } from '../transfer/upload';
import { AppFiles } from './app-files';
import { DesktopFiles } from './files';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A host that takes everything, and calls each file as `names` says; an application that opens what `refused` does not have. */
function setUp({ names = {}, refused = [], line = {} }: { names?: Record<string, string>; refused?: string[]; line?: Partial<UploadLine> } = {}) {
  let begun = '';
  vi.stubGlobal('fetch', (_: string, { body }: { body?: string }) => {
    begun = body === undefined ? begun : (JSON.parse(body) as { name?: string }).name ?? begun;
    return Promise.resolve(new Response(JSON.stringify({ id: begun }), { status: 201 }));
  });
  const files = new DesktopFiles({
    access: () => Promise.resolve({ address: '/h/1/files', ticket: 't' }),
    line: {
      head: () => Promise.resolve({ status: 204, offset: 0, code: '', detail: '' }),
      patch: ({ address }, offset, piece) => Promise.resolve({ status: 204, offset: offset + piece.byteLength, name: names[decodeURIComponent(address.split('/').at(-1) ?? '')], code: '', detail: '' }),
      ...line,
    },
    clock: { now: () => 0, delay: () => Promise.resolve(), after: () => () => undefined, woken: () => ({ dispose: () => undefined }) },
    leaving: { hold: () => undefined },
  });
  const opened: string[] = [];
  const app = new AppFiles(files, (name) => {
    opened.push(name);
    return refused.includes(name) ? Promise.reject(new Error('no')) : Promise.resolve();
  });
  const states = (): string[] => files.snapshot.map(({ key, name, state }) => `${name} ${state.kind} ${app.snapshot.get(key) ?? '-'}`);
  return { files, app, opened, all: (wanted: string[]) => vi.waitFor(() => expect(states()).toEqual(wanted)) };
}

const file = (name: string): File => new File(['hello'], name);

it('opens what it sends, by the name under which it lies there', async () => {
  const { app, opened, all } = setUp({ names: { 'a.odt': 'a (1).odt' } });
  app.send([file('a.odt')]);
  await all(['a.odt done opened']);
  expect(opened).toEqual(['a (1).odt']);
});

it('opens nothing else by itself, but what the person wants', async () => {
  const { files, app, opened, all } = setUp();
  files.send([file('b.odt')]);
  await all(['b.odt done -']);
  expect(opened).toEqual([]);
  const [sent] = files.snapshot;
  if (sent) await app.open(sent);
  await all(['b.odt done opened']);
  expect(opened).toEqual(['b.odt']);
});

it('says what could not be opened, and tries again', async () => {
  const refused = ['a.odt'];
  const { files, app, all } = setUp({ refused });
  app.send([file('a.odt')]);
  await all(['a.odt done failed']);
  refused.pop();
  const [sent] = files.snapshot;
  if (sent) await app.open(sent);
  await all(['a.odt done opened']);
});

it('opens what came through at a second try', async () => {
  const answers = [507];
  const { files, app, all } = setUp({ line: { patch: (_, offset, piece) => Promise.resolve({ status: answers.shift() ?? 204, offset: offset + piece.byteLength, code: 'disk-full', detail: '' }) } });
  app.send([file('a.odt')]);
  await all(['a.odt failed -']);
  files.again(files.snapshot[0]?.key ?? -1);
  await all(['a.odt done opened']);
});

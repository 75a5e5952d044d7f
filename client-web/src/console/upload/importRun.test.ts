import { afterEach, expect, it, vi } from 'vitest';
import { ImportRun } from './importRun';
import type { ImportWish } from './importRun';
import { RememberedUploads } from './remembered';
import type { UploadLine } from '../../transfer/upload';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const job = { id: 'j', kind: 'import', image: 'tiny', state: 'waiting', ended: null };
const ticket = { id: 'u', address: '/h/local/uploads/u', ticket: 't', fileName: 'a.qcow2', expiresAt: '' };

afterEach(() => vi.unstubAllGlobals());

/** A server whose answers are taken from a list for each address; a status alone is a refusal, undefined is none. */
function setUp(answers: Record<string, unknown[]>, change: { upload?: string; file?: boolean; line?: Partial<UploadLine> } = {}) {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', (path: string, { method, body }: { method: string; body?: string }) => {
    asked.push({ method, path, body: body === undefined ? undefined : (JSON.parse(body) as unknown) });
    const next = answers[`${method} ${path}`]?.shift();
    if (next === undefined) return Promise.reject(new TypeError('Failed to fetch'));
    const [status, value] = Array.isArray(next) ? (next as [number, unknown]) : [200, next];
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(value), { status }));
  });
  let kept = '[]';
  const remembered = new RememberedUploads<ImportWish>({ getItem: () => kept, setItem: (_, value) => { kept = value; } });
  const delays: number[] = [];
  const ok = (offset: number) => Promise.resolve({ status: 204, offset, code: '', detail: '' });
  const run = new ImportRun({
    fileName: 'a.qcow2', bytes: 5, wish: { name: 'tiny', format: 'qcow2', notes: 'new', hardware: { system: 'linux' } }, remembered,
    ...(change.file === false ? {} : { file: new File(['hello'], 'a.qcow2', { lastModified: 7 }) }),
    ...(change.upload === undefined ? {} : { upload: change.upload }),
    line: { head: () => ok(0), patch: (_, offset, piece) => ok(offset + piece.byteLength), ...change.line },
    clock: { now: () => 0, delay: (milliseconds) => { delays.push(milliseconds); return Promise.resolve(); }, after: () => () => undefined, woken: () => ({ dispose: () => undefined }) },
  });
  return { run, asked, remembered, delays, paths: () => asked.map(({ method, path }) => `${method} ${path}`) };
}

const [begin, order] = ['POST /api/images/uploads', 'POST /api/images/imports'];

it('begins an upload, sends it, and orders the import; then nothing is remembered', async () => {
  const { run, asked, remembered } = setUp({ [begin]: [ticket], [order]: [job] });
  const kept: number[] = [];
  run.changed.on(() => kept.push(remembered.all().length));
  await run.run();
  expect(run.state).toMatchObject({ kind: 'ordered', job: { id: 'j' } });
  expect(asked.map(({ body }) => body)).toEqual([{ fileName: 'a.qcow2', bytes: 5 }, { upload: 'u', name: 'tiny', format: 'qcow2', hardware: { system: 'linux' }, notes: 'new' }]);
  expect(Math.max(...kept)).toBe(1);
  expect(remembered.all()).toEqual([]);
});

it('goes on with an upload that was begun earlier, by a new ticket', async () => {
  const { run, paths } = setUp({ 'POST /api/images/uploads/u/ticket': [ticket], [order]: [job] }, { upload: 'u' });
  await run.run();
  expect(paths()).toEqual(['POST /api/images/uploads/u/ticket', order]);
});

it('orders at once what is there already', async () => {
  const { run, paths } = setUp({ [order]: [job] }, { upload: 'u', file: false });
  await run.run();
  expect(paths()).toEqual([order]);
});

it('orders again while nobody answers, and takes the job that an earlier try began', async () => {
  const { run, delays } = setUp({ [order]: [undefined, [409, { code: 'job-under-way', job: 'j' }]], 'GET /api/images/jobs/j': [job] }, { upload: 'u', file: false });
  await run.run();
  expect(delays).toEqual([3_000]);
  expect(run.state).toMatchObject({ kind: 'ordered', job: { id: 'j' } });
});

it('says why the import was refused, and can be tried again with what is there', async () => {
  const { run, paths, remembered } = setUp({ [begin]: [ticket], 'POST /api/images/uploads/u/ticket': [ticket], [order]: [[400, { code: 'bad-edit' }], job] });
  await run.run();
  expect(run.state).toMatchObject({ kind: 'refused', error: { code: 'bad-edit' } });
  expect(remembered.all()).toHaveLength(1);
  await run.run();
  expect(run.state.kind).toBe('ordered');
  expect(paths().filter((path) => path === begin)).toHaveLength(1);
});

it('stays remembered where the upload stops', async () => {
  const full = () => Promise.resolve({ status: 507, offset: undefined, code: 'disk-full', detail: '' });
  const { run, remembered } = setUp({ [begin]: [ticket] }, { line: { patch: full } });
  await run.run();
  expect(run.state).toMatchObject({ kind: 'uploading', upload: { kind: 'failed', code: 'disk-full' } });
  expect(remembered.all()).toMatchObject([{ id: 'u', name: 'a.qcow2', size: 5, lastModified: 7, wish: { name: 'tiny' } }]);
  expect(run.isSending).toBe(false);
});

it('gives the upload up where it is cancelled', async () => {
  const { run, paths, remembered } = setUp({ [begin]: [ticket], 'DELETE /api/images/uploads/u': [[204, null]] }, { line: { patch: (_target, _offset, _piece, _sent, stop) => new Promise((resolve) => stop.addEventListener('abort', () => resolve({ status: 0, offset: undefined, code: '', detail: '' }))) } });
  const done = run.run();
  await vi.waitFor(() => expect(run.state).toMatchObject({ kind: 'uploading' }));
  await run.cancel();
  await done;
  expect(run.state).toEqual({ kind: 'cancelled' });
  expect(paths().at(-1)).toBe('DELETE /api/images/uploads/u');
  expect(remembered.all()).toEqual([]);
});

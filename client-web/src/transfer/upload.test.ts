import { expect, it } from 'vitest';
import type { Clock } from '../session/clock';
import { pieceBytes, Upload } from './upload';
import type { UploadAnswer, UploadLine, UploadState, UploadTarget } from './upload';

const ok = (offset: number): UploadAnswer => ({ status: 204, offset, code: 'unknown', detail: '' });
const refusal = (status: number, code: string, offset?: number): UploadAnswer => ({ status, offset, code, detail: `${code}.` });
const silence = refusal(0, 'unknown');

/** A host with a file in it, whose answers can be replaced for one request each. */
class Host implements UploadLine {
  received = 0;
  ticket = 'first';
  readonly asked: string[] = [];
  readonly replaced: (UploadAnswer | undefined)[] = [];
  /** Takes the bytes even where the answer is replaced: it got lost. */
  takes = false;
  onSent: ((bytes: number) => void) | undefined;

  head(target: UploadTarget): Promise<UploadAnswer> {
    this.asked.push('head');
    return Promise.resolve(this.replaced.shift() ?? (target.ticket === this.ticket ? ok(this.received) : refusal(401, 'wrong-ticket')));
  }

  patch(target: UploadTarget, offset: number, piece: ArrayBuffer, onSent: (bytes: number) => void): Promise<UploadAnswer> {
    this.asked.push(`patch ${offset} ${piece.byteLength}`);
    onSent(piece.byteLength / 2);
    const replaced = this.replaced.shift();
    if (replaced !== undefined) {
      if (this.takes) this.received = offset + piece.byteLength;
      return Promise.resolve(replaced);
    }
    if (target.ticket !== this.ticket) return Promise.resolve(refusal(401, 'wrong-ticket'));
    if (offset !== this.received) return Promise.resolve(refusal(409, 'wrong-offset', this.received));
    this.received += piece.byteLength;
    return Promise.resolve(ok(this.received));
  }
}

class TestClock implements Clock {
  time = 0;
  readonly delays: number[] = [];
  now = (): number => (this.time += 100);
  delay(milliseconds: number): Promise<void> {
    this.delays.push(milliseconds);
    this.time += milliseconds;
    return Promise.resolve();
  }
  after = (): (() => void) => () => undefined;
  woken = () => ({ dispose: () => undefined });
}

function setUp(size: number, change: { target?: UploadTarget; renew?: () => Promise<UploadTarget>; slice?: () => never } = {}) {
  const host = new Host();
  const clock = new TestClock();
  const states: UploadState[] = [];
  const slice = change.slice ?? ((from: number, to: number) => ({ arrayBuffer: () => Promise.resolve(new ArrayBuffer(to - from)) }));
  const upload = new Upload({
    file: { size, slice },
    target: 'target' in change ? change.target : { address: '/h/local/uploads/1', ticket: 'first' },
    renew: change.renew ?? (() => Promise.resolve({ address: '/h/local/uploads/1', ticket: host.ticket })),
    hopeless: (error) => (error === 'gone' ? { code: 'unknown-upload', detail: '' } : undefined),
    line: host,
    clock,
  });
  upload.changed.on((state) => states.push(state));
  return { host, clock, states, upload };
}

it('sends a file in pieces from its beginning to its end', async () => {
  const { host, upload, states } = setUp(2 * pieceBytes + 5);
  expect(await upload.run()).toEqual({ kind: 'done', sent: 2 * pieceBytes + 5 });
  expect(host.asked).toEqual(['head', `patch 0 ${pieceBytes}`, `patch ${pieceBytes} ${pieceBytes}`, `patch ${2 * pieceBytes} 5`]);
  expect(states.at(-1)).toMatchObject({ kind: 'done' });
  const sent = states.map((state) => state.sent);
  expect(sent).toEqual([...sent].sort((a, b) => a - b));
});

it('says how quickly it goes and how long it takes', async () => {
  const { upload, states } = setUp(4 * pieceBytes);
  await upload.run();
  const last = states.findLast((state) => state.kind === 'sending' && state.secondsLeft !== undefined && state.secondsLeft > 0);
  expect(last).toMatchObject({ kind: 'sending', secondsLeft: 1 });
});

it('goes on where the host says, also where all is there already', async () => {
  const { host, upload } = setUp(pieceBytes);
  host.received = pieceBytes - 3;
  await upload.run();
  expect(host.asked).toEqual(['head', `patch ${pieceBytes - 3} 3`]);
  const again = setUp(7);
  again.host.received = 7;
  expect(await again.upload.run()).toMatchObject({ kind: 'done' });
  expect(again.host.asked).toEqual(['head']);
});

it('waits longer each time while the line is down, and asks before it goes on', async () => {
  const { host, clock, upload, states } = setUp(10);
  host.replaced.push(undefined, silence, silence, refusal(502, 'unknown'));
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(clock.delays).toEqual([500, 1_000, 2_000]);
  expect(host.asked).toEqual(['head', 'patch 0 10', 'head', 'head', 'head', 'patch 0 10']);
  expect(states.filter(({ kind }) => kind === 'waiting')).toHaveLength(3);
});

it('does not send a piece twice whose answer was lost', async () => {
  const { host, upload } = setUp(10);
  host.replaced.push(undefined, silence);
  host.takes = true;
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(host.asked).toEqual(['head', 'patch 0 10', 'head']);
});

it('goes where a wrong offset leads, without waiting', async () => {
  const { host, clock, upload } = setUp(10);
  host.replaced.push(ok(4));
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(host.asked).toEqual(['head', 'patch 4 6', 'patch 0 10']);
  expect(clock.delays).toEqual([]);
});

it('does not spin where the host says the same wrong offset for ever', async () => {
  const { host, clock, upload } = setUp(10);
  host.replaced.push(undefined, refusal(409, 'wrong-offset', 0), refusal(409, 'wrong-offset', 0));
  await upload.run();
  expect(clock.delays).toEqual([500, 1_000]);
});

it('waits for another piece that is on its way', async () => {
  const { host, clock, upload } = setUp(10);
  host.replaced.push(undefined, refusal(409, 'busy', 0));
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(clock.delays).toEqual([500]);
});

it('asks for a new ticket when its own is too old', async () => {
  const { host, upload, clock } = setUp(2 * pieceBytes);
  host.replaced.push(undefined, undefined, refusal(401, 'wrong-ticket'));
  host.ticket = 'first';
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(clock.delays).toEqual([]);
});

it('waits where even a new ticket is refused', async () => {
  const { host, upload, clock } = setUp(10);
  host.replaced.push(refusal(401, 'wrong-ticket'), refusal(401, 'wrong-ticket'));
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(clock.delays).toEqual([500, 1_000]);
});

it('begins with a ticket of its own where it has none, and waits for whoever gives them', async () => {
  let asked = 0;
  const { upload, clock } = setUp(10, { target: undefined as never, renew: () => (asked++ === 0 ? Promise.reject(new Error('down')) : Promise.resolve({ address: '/', ticket: 'first' })) });
  expect(await upload.run()).toMatchObject({ kind: 'done' });
  expect(clock.delays).toEqual([500]);
});

it('is over where nobody knows the upload any more', async () => {
  const { upload } = setUp(10, { target: undefined as never, renew: () => Promise.reject('gone') });
  expect(await upload.run()).toMatchObject({ kind: 'failed', code: 'unknown-upload' });
});

it.each([[507, 'disk-full'], [413, 'too-long'], [404, 'unknown-address']])('is over at a refusal that stays: %d', async (status, code) => {
  const { host, upload } = setUp(10);
  host.replaced.push(undefined, refusal(status, code));
  expect(await upload.run()).toMatchObject({ kind: 'failed', code, sent: 0 });
});

it('knows that an upload is gone although the answer to HEAD has no words', async () => {
  const { host, upload } = setUp(10);
  host.replaced.push(refusal(404, 'unknown'));
  expect(await upload.run()).toMatchObject({ kind: 'failed', code: 'unknown-upload' });
});

it('is over where the file cannot be read any more, or is another one', async () => {
  const { upload } = setUp(10, { slice: () => { throw new DOMException('changed', 'NotReadableError'); } });
  expect(await upload.run()).toMatchObject({ kind: 'failed', code: 'file-unreadable' });
  const other = setUp(10);
  other.host.received = 11;
  expect(await other.upload.run()).toMatchObject({ kind: 'failed', code: 'other-file' });
});

it('gives up after a quarter of an hour without a line', async () => {
  const { host, clock, upload } = setUp(10);
  host.replaced.push(...Array.from({ length: 200 }, () => silence));
  expect(await upload.run()).toMatchObject({ kind: 'failed', code: 'unreachable' });
  expect(clock.time).toBeGreaterThan(15 * 60_000);
  expect(clock.time).toBeLessThan(16 * 60_000);
});

it('stops at once when it is cancelled, and says nothing afterwards', async () => {
  const { host, upload, states } = setUp(3 * pieceBytes);
  upload.changed.on(({ sent }) => sent >= pieceBytes && upload.cancel());
  expect(await upload.run()).toMatchObject({ kind: 'cancelled' });
  expect(host.asked.length).toBeLessThan(4);
  expect(states.at(-1)).toMatchObject({ kind: 'cancelled' });
});

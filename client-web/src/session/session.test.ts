import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import type { FileAccess } from '../api/files';
import type { SessionPhase, SessionView } from '../api/types';
import { fromBase64Url } from './base64url';
import type { Clock } from './clock';
import { FilesRefused, HelloRefused } from './link';
import type { HubLink } from './link';
import { DesktopSession } from './session';

/** A host that follows a script: each connection takes the next entry; the last entry repeats. */
type Scripted = 'accept' | 'unreachable' | 'refuse' | 'lost' | 'silent' | 'mute';

class ScriptedLink implements HubLink {
  readonly sent: number[][] = [];
  hellos: Uint8Array | undefined;
  next: (message: Uint8Array) => void = () => undefined;
  done: (error?: Error) => void = () => undefined;
  stopped = false;
  readonly hub: string;
  readonly #script: Scripted;
  readonly #secret: number;

  constructor(hub: string, script: Scripted, secret: number) {
    this.hub = hub;
    this.#script = script;
    this.#secret = secret;
  }

  start = (): Promise<void> => {
    // A line into a black hole: no answer, no error.
    if (this.#script === 'silent') return new Promise(() => undefined);
    return this.#script === 'unreachable' ? Promise.reject(new Error('no route')) : Promise.resolve();
  };
  hello(message: Uint8Array): Promise<Uint8Array> {
    this.hellos = message;
    if (this.#script === 'refuse') return Promise.reject(new HelloRefused('unknown secret'));
    if (this.#script === 'mute') return new Promise(() => undefined);
    if (this.#script === 'lost') return Promise.reject(new Error('the line broke before the answer'));
    return Promise.resolve(new Uint8Array([0, 1, 4, 0, 2, 0, rights, ...Array.from({ length: 32 }, () => this.#secret), 1, 0, 0x44]));
  }
  screen(next: (message: Uint8Array) => void, done: (error?: Error) => void): void {
    Object.assign(this, { next, done });
  }
  send(messages: Uint8Array): void {
    this.sent.push([...messages]);
  }
  clipboard(part: Uint8Array): void {
    this.send(part);
  }
  files(): Promise<FileAccess> {
    return rights === 3 ? Promise.reject(new FilesRefused('no right')) : Promise.resolve({ address: '/h/1/files', ticket: `of ${this.#secret}` });
  }
  monitors(): Promise<number> {
    return monitors === 0 ? Promise.reject(new Error('no such method')) : Promise.resolve(monitors);
  }
  stop(): void {
    this.stopped = true;
  }
}

/** What each connection allows. */
let rights: number;
/** How many monitors the machine has; 0 for a host that does not know the question. */
let monitors: number;

let script: Scripted[];
let links: ScriptedLink[];
let starts: string[];
let pictures: number[][];
let phase: SessionPhase;
let time: number;
let tickets: number;
let session: DesktopSession;
let ticketFails: ApiError | undefined;
let ticketSilent: boolean;
const alarms = new Set<{ readonly at: number; readonly callback: () => void }>();
const wakers = new Set<() => void>();

const clock: Clock = {
  now: () => time,
  delay: (milliseconds) => {
    time += milliseconds;
    return Promise.resolve();
  },
  after: (milliseconds, callback) => {
    const alarm = { at: time + milliseconds, callback };
    alarms.add(alarm);
    return () => alarms.delete(alarm);
  },
  woken: (callback) => {
    wakers.add(callback);
    return { dispose: () => wakers.delete(callback) };
  },
};

/** Waits until connection number `count` waits for an answer. */
const hanging = (count: number) => vi.waitFor(() => expect([links.length, alarms.size]).toEqual([count, 1]));

/** Lets time pass until the deadline of connection number `count` and through it. */
async function deadline(count: number): Promise<void> {
  await hanging(count);
  for (const alarm of alarms) {
    time = alarm.at;
    alarm.callback();
  }
}

beforeEach(() => {
  ticketSilent = false;
  rights = 3;
  alarms.clear();
  wakers.clear();
  [script, links, starts, pictures, phase, time, tickets, ticketFails] = [['accept'], [], [], [], 'disconnected', 0, 0, undefined];
  session = new DesktopSession({
    ticket: () => {
      tickets++;
      if (ticketSilent) return new Promise(() => undefined);
      return ticketFails ? Promise.reject(ticketFails) : Promise.resolve({ ticket: 'A'.repeat(43), hub: '/h/1/hub/desktop', expiresAt: '' });
    },
    view: () => Promise.resolve({ state: phase, reason: null } as SessionView),
    connect: (hub) => {
      const link = new ScriptedLink(hub, (script.length > 1 ? script.shift() : script[0]) ?? 'accept', links.length + 1);
      links.push(link);
      return link;
    },
    sink: { start: (stream, { width, height }) => starts.push(`${stream}:${width}x${height}`), accept: (_, message) => pictures.push([...message]) },
    clock,
  });
});

const connected = (count: number) => vi.waitFor(() => {
  expect(links).toHaveLength(count);
  expect(session.state.kind).toBe('connected');
});
const bye = (reason: number) => new Uint8Array([4, reason, 2, 0, 0x68, 0x69]);

it('opens with a ticket and passes pictures on', async () => {
  void session.run();
  await connected(1);
  expect(links[0]?.hub).toBe('/h/1/hub/desktop');
  expect([...(links[0]?.hellos ?? [])].slice(0, 4)).toEqual([0x80, 1, 1, 0]);
  links[0]?.next(new Uint8Array([2, 4, 0, 2, 0]));
  expect(starts).toEqual(['1:4x2']);
  expect(pictures).toEqual([[2, 4, 0, 2, 0]]);
});

it('comes back with the newest secret', async () => {
  void session.run();
  await connected(1);
  links[0]?.done(new Error('gone'));
  await connected(2);
  links[1]?.done();
  await connected(3);
  expect([...(links[2]?.hellos ?? [])].slice(2, 5)).toEqual([2, 2, 2]);
  expect(links[0]?.stopped).toBe(true);
  expect(tickets).toBe(1);
});

it('gives up after three minutes', async () => {
  script = ['accept', 'unreachable'];
  const run = session.run();
  await connected(1);
  time += 10_000;
  links[0]?.done();
  await run;
  expect(session.state).toEqual({ kind: 'ended', reason: 'unreachable', detail: 'no route' });
  expect(time).toBeGreaterThanOrEqual(190_000);
  expect(time).toBeLessThan(200_000);
});

it.each([[1, 'taken-over'], [2, 'ended'], [3, 'failed'], [4, 'signed-out']] as const)('Bye %i ends the session', async (reason, expected) => {
  const run = session.run();
  await connected(1);
  links[0]?.next(bye(reason));
  await run;
  expect(session.state).toEqual({ kind: 'ended', reason: expected, detail: 'hi' });
  expect(links).toHaveLength(1);
});

it('comes back after the host has restarted', async () => {
  void session.run();
  await connected(1);
  links[0]?.next(bye(5));
  await connected(2);
});

it('asks for a new ticket when the secret is refused and nobody has the desktop', async () => {
  script = ['accept', 'refuse', 'accept'];
  void session.run();
  await connected(1);
  links[0]?.done();
  await connected(3);
  expect(tickets).toBe(2);
});

it('does not fight another window for the desktop', async () => {
  script = ['accept', 'refuse'];
  phase = 'connected';
  const run = session.run();
  await connected(1);
  links[0]?.done();
  await run;
  expect(session.state).toMatchObject({ kind: 'ended', reason: 'taken-over' });
  expect(tickets).toBe(1);
});

it('takes itself for nobody else where the answer to a resume was lost', async () => {
  script = ['accept', 'lost', 'refuse', 'accept'];
  phase = 'connected';
  void session.run();
  await connected(1);
  links[0]?.done();
  await connected(4);
  expect(tickets).toBe(2);
});

it('ends when the session is gone', async () => {
  ticketFails = new ApiError(404, { code: 'unknown-session', detail: 'gone' });
  await session.run();
  expect(session.state).toEqual({ kind: 'ended', reason: 'ended', detail: 'gone' });
});

it('ends when the server names a state that leads nowhere', async () => {
  ticketFails = new ApiError(409, { code: 'wrong-state', detail: 'The session is ending.' });
  phase = 'ending';
  await session.run();
  expect(session.state).toMatchObject({ kind: 'ended', reason: 'ended' });
});

it('acknowledges frames of the current stream only', async () => {
  void session.run();
  await connected(1);
  session.ack(1, 7, 12, 1);
  links[0]?.done();
  await connected(2);
  session.ack(1, 8, 12, 1);
  expect([...(links[0]?.sent ?? []), ...(links[1]?.sent ?? [])]).toEqual([[0x81, 7, 0, 0, 0, 12, 0, 1]]);
});

it('makes the connection anew after a fault, with growing pauses', async () => {
  void session.run();
  for (let count = 1; count <= 4; count++) {
    await connected(count);
    session.fault(count, 'bad frame');
  }
  await connected(5);
  expect(time).toBe(250 + 500 + 1_000);
});

it.each(['silent', 'mute'] as const)('gives a line up that is %s, stops it, and tries the next', async (how) => {
  script = [how, 'accept'];
  void session.run();
  await deadline(1);
  await connected(2);
  expect(time).toBe(4_000);
  expect(links[0]?.stopped).toBe(true);
  expect(alarms.size).toBe(0);
});

it('gives a line more time after each silence, and gives up after a minute all the same', async () => {
  script = ['silent'];
  const run = session.run();
  const waits: number[] = [];
  for (let count = 1; session.state.kind !== 'ended'; count++) {
    await hanging(count);
    const before = time;
    await deadline(count);
    waits.push(time - before);
    await vi.waitFor(() => expect(links.length > count || session.state.kind === 'ended').toBe(true));
  }
  await run;
  expect(waits.slice(0, 4)).toEqual([4_000, 6_000, 9_000, 12_000]);
  expect(session.state).toEqual({ kind: 'ended', reason: 'unreachable', detail: 'no answer within 12 s' });
  expect(time).toBeLessThan(75_000);
});

it('takes a lost answer to a resume for what it is: asks for a ticket when the secret is refused then', async () => {
  script = ['accept', 'mute', 'refuse', 'accept'];
  phase = 'connected';
  void session.run();
  await connected(1);
  links[0]?.done();
  await deadline(2);
  await connected(4);
  expect(tickets).toBe(2);
});

it('tries at once when the network is back, whatever hangs', async () => {
  script = ['silent', 'accept'];
  void session.run();
  await hanging(1);
  time += 1_000;
  wakers.forEach((wake) => wake());
  await connected(2);
  expect(time).toBe(1_000);
  expect(links[0]?.stopped).toBe(true);
});

it('lets a try go on that began after the network was back', async () => {
  script = ['silent'];
  void session.run();
  await hanging(1);
  time += 100;
  wakers.forEach((wake) => wake());
  await Promise.resolve();
  expect(links).toHaveLength(1);
  session.dispose();
});

it('does not wait for ever for a ticket', async () => {
  ticketSilent = true;
  void session.run();
  await deadline(0);
  ticketSilent = false;
  await connected(1);
  expect(time).toBe(9_000);
});

it('lets go of the page when it is over', async () => {
  const run = session.run();
  await connected(1);
  expect(wakers.size).toBe(1);
  session.dispose();
  await run;
  expect(wakers.size).toBe(0);
});

it('stops where it is when disposed', async () => {
  const run = session.run();
  await connected(1);
  session.dispose();
  await run;
  expect(links[0]?.stopped).toBe(true);
});

it('gives a way for files where there is a connection and a right, and says which', async () => {
  await expect(session.files()).rejects.toThrow('not connected');
  void session.run();
  await connected(1);
  expect([session.maySendFiles, session.mayFetchFiles]).toEqual([false, false]);
  await expect(session.files()).rejects.toBeInstanceOf(FilesRefused);
  rights = 3 + 16;
  links[0]?.done();
  await connected(2);
  expect([session.maySendFiles, session.mayFetchFiles]).toEqual([true, false]);
  expect(await session.files()).toEqual({ address: '/h/1/files', ticket: 'of 2' });
  rights = 3 + 32;
  links[1]?.done();
  await connected(3);
  expect([session.maySendFiles, session.mayFetchFiles]).toEqual([false, true]);
});

it('knows of a second monitor where there is one and the person may use it', async () => {
  monitors = 2;
  expect(await session.monitors()).toBe(1);
  void session.run();
  await connected(1);
  expect(await session.monitors()).toBe(2);
  monitors = 0;
  expect(await session.monitors()).toBe(1);
  monitors = 2;
  rights = 1;
  links[0]?.done();
  await connected(2);
  expect(await session.monitors()).toBe(1);
});

it('ends a second monitor whose first window was closed, and says so', async () => {
  const run = session.run();
  await connected(1);
  links[0]?.next(new Uint8Array([4, 7, 0, 0]));
  await run;
  expect(session.state).toMatchObject({ kind: 'ended', reason: 'first-closed' });
});

it('tells the title of an application from words to the person', async () => {
  const [titles, notices]: [string[], number[]] = [[], []];
  session.titled.on((title) => titles.push(title));
  session.noticed.on(({ kind }) => notices.push(kind));
  void session.run();
  await connected(1);
  for (const kind of [8, 1]) links[0]?.next(new Uint8Array([7, kind, 0, 0, 0, 0, 2, 0, 0x68, 0x69]));
  expect([titles, notices]).toEqual([['hi'], [1]]);
});

it('decodes base64url', () => expect([...fromBase64Url('-_8A')]).toEqual([0xfb, 0xff, 0x00]));

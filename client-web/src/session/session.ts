import { ApiError } from '../api/client';
import { isLaunching, isOpenable } from '../api/types';
import type { FileAccess } from '../api/files';
import type { Reason, SessionView, Ticket } from '../api/types';
import { Emitter } from '../events';
import type { Disposable } from '../events';
import { byeReason, helloKind, isForPerson, messageType, right, WireError } from '../wire/messages';
import type { ByeReason, Extent, PersonNotice, Quality, Welcome } from '../wire/messages';
import { readServerMessage, readWelcome } from '../wire/reader';
import * as write from '../wire/writer';
import { fromBase64Url } from './base64url';
import { CopiedReceiver, parts } from './clipboard';
import type { Copied } from './clipboard';
import type { Clock } from './clock';
import { HelloRefused } from './link';
import type { HubLink } from './link';

export type EndReason = 'taken-over' | 'ended' | 'failed' | 'signed-out' | 'unreachable' | 'refused' | 'idle' | 'first-closed';

export type SessionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly name: string; readonly rights: number }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly detail: string; readonly cause?: Reason };

/** Takes the pictures. */
export interface ScreenSink {
  start(stream: number, extent: Extent): void;
  accept(stream: number, message: Uint8Array): void;
}

export interface SessionOptions {
  readonly ticket: () => Promise<Ticket>;
  /** How far what is shown is: whether it is still there, and whether somebody is connected to it. */
  readonly view: () => Promise<Pick<SessionView, 'state' | 'reason'>>;
  readonly connect: (hub: string) => HubLink;
  readonly sink: ScreenSink;
  readonly clock: Clock;
}

/** Nobody answered in time. */
class Silence extends Error {
  override readonly name = 'Silence';
}

/** Messages that are no part of the picture, but for Bye. */
const beside: ReadonlySet<number | undefined> = new Set([messageType.pong, messageType.notice, messageType.clipboard]);

type Ended = Extract<SessionState, { kind: 'ended' }>;
type Outcome = { readonly kind: 'dropped'; readonly why: string } | Ended;

/** How long a lost desktop is called back, and a new one called, before giving up. */
const resumeForMs = 180_000;
const connectForMs = 60_000;
/** A connection that lived this long starts a new count. */
const steadyMs = 5_000;
/** Short to the end: who comes back after a minute wants the picture at once, too. */
const backoffMs = [0, 250, 500, 1_000, 1_000, 1_500] as const;
/** A line that says nothing for so long is given up, and the next try is given more: a very slow line is a line, too. */
const answerMs = [4_000, 6_000, 9_000, 12_000] as const;
/** The server asks the host for its consent, which may take 5 s. */
const serverMs = 9_000;
/** A try that is younger than this has seen the network that came back. */
const youngMs = 500;
/** So often a refused resume may mean that the host has not noticed the drop yet; then another window has the desktop. */
const refusalsBeforeTakenOver = 3;

/**
 * A desktop's connection, kept alive: opens it with a ticket, comes back with the newest resume secret after a drop, and says
 * why it ended. Bytes of pictures go to the sink untouched; the last picture stays while reconnecting.
 */
export class DesktopSession implements Disposable {
  readonly changed = new Emitter<SessionState>();
  readonly ponged = new Emitter<number>();
  readonly noticed = new Emitter<PersonNotice>();
  /** The title of the window of the machine's application. */
  readonly titled = new Emitter<string>();
  /** Something was copied on the desktop. */
  readonly copied = new Emitter<Copied>();
  readonly #options: SessionOptions;
  readonly #stop = new AbortController();
  #state: SessionState = { kind: 'connecting' };
  #link: HubLink | undefined;
  #finish: ((outcome: Outcome) => void) | undefined;
  #resume: { readonly hub: string; readonly secret: Uint8Array } | undefined;
  #refusals = 0;
  /** Which pause comes next, and when the current try began. */
  #attempt = 0;
  #began = 0;
  /** How many tries in a row met silence. */
  #silences = 0;
  /** Gives up what is being waited for. */
  #interrupt: ((why: string) => void) | undefined;
  /** A resume secret was shown and no answer came: the host may have taken it, and what it gave instead went missing. */
  #answerLost = false;
  #stream = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Runs until the session ends or is disposed. */
  async run(): Promise<void> {
    // The network is back, or the person: what waits or hangs is tried anew at once.
    const woken = this.#options.clock.woken(() => this.#wake());
    try {
      await this.#keep();
    } finally {
      woken.dispose();
    }
  }

  async #keep(): Promise<void> {
    const { clock } = this.#options;
    let deadline = clock.now() + connectForMs;
    let known = false;
    while (!this.#stop.signal.aborted) {
      const began = this.#began = clock.now();
      const outcome = await this.#once();
      if (this.#stop.signal.aborted) return;
      if (outcome.kind === 'ended') return this.#set(outcome);
      const wasConnected = this.#state.kind === 'connected';
      const steady = wasConnected && clock.now() - began >= steadyMs;
      if (wasConnected) this.#set({ kind: 'reconnecting' });
      if (steady || (wasConnected && !known)) {
        this.#attempt = 0;
        known = true;
      }
      // However short it lived: a line that comes and goes is a line.
      if (wasConnected) deadline = clock.now() + resumeForMs;
      if (clock.now() >= deadline) return this.#set({ kind: 'ended', reason: 'unreachable', detail: outcome.why });
      await clock.delay(backoffMs[Math.min(this.#attempt++, backoffMs.length - 1)] ?? 0, this.#stop.signal);
    }
  }

  /** Sends input where there is someone to take it. */
  send(messages: Uint8Array): void {
    if (this.#may(right.input)) this.#link?.send(messages);
  }

  /** Tells the host that a frame of `stream` is on the screen. */
  ack(stream: number, sequence: number, decodeMs: number, queueDepth: number): void {
    if (stream === this.#stream && this.#state.kind === 'connected') this.#link?.send(write.ack(sequence, decodeMs, queueDepth));
  }

  /** Asks for an answer, which comes as `ponged`. */
  ping(token: number): void {
    if (this.#state.kind === 'connected') this.#link?.send(write.ping(token));
  }

  /** Says what this browser can do; bits of `ability`. */
  able(can: number): void {
    if (this.#state.kind === 'connected') this.#link?.send(write.able(can));
  }

  /** The next frame is complete. */
  refresh(): void {
    if (this.#state.kind === 'connected') this.#link?.send(write.refresh());
  }

  /** Says what the person prefers. */
  prefer(quality: Quality): void {
    if (this.#state.kind === 'connected') this.#link?.send(write.prefer(quality));
  }

  /** Says how large the screen shall be, in pixels. */
  want(size: Extent): void {
    this.send(write.wantedSize(size.width, size.height));
  }

  /** Whether what is copied here may be pasted there. */
  get mayCopyIn(): boolean {
    return this.#may(right.clipboardIn);
  }

  /** Whether files of this computer may be sent there. */
  get maySendFiles(): boolean {
    return this.#may(right.filesUp);
  }

  /** Whether files from there may be fetched. */
  get mayFetchFiles(): boolean {
    return this.#may(right.filesDown);
  }

  /** A way to send and fetch files, good for a while. Rejects while there is no connection, and with FilesRefused where the person has no right to it. */
  async files(): Promise<FileAccess> {
    if (this.#state.kind !== 'connected' || !this.#link) throw new Error('The desktop is not connected.');
    return this.#link.files();
  }

  /** How many monitors it may have, each in a window of its own; 1 where that cannot be told now. */
  async monitors(): Promise<number> {
    return this.#state.kind === 'connected' && this.#may(right.input) ? await this.#link?.monitors().catch(() => 1) ?? 1 : 1;
  }

  /** From now on the desktop may paste this. */
  copyIn(copied: Copied): void {
    if (this.mayCopyIn) for (const part of parts(copied)) this.#link?.clipboard(part);
  }

  /** The decoder met a message that the protocol does not allow: the connection ends and is made anew. */
  fault(stream: number, why: string): void {
    if (stream === this.#stream || stream === -1) this.#finish?.({ kind: 'dropped', why });
  }

  dispose(): void {
    this.#stop.abort();
    this.#interrupt?.('left');
    this.#finish?.({ kind: 'dropped', why: 'left' });
    this.#link?.stop();
    this.changed.clear();
    this.ponged.clear();
    this.titled.clear();
    this.copied.clear();
  }

  #may(bit: number): boolean {
    return this.#state.kind === 'connected' && (this.#state.rights & bit) !== 0;
  }

  /** What is said beside the picture. */
  #hear(receiver: CopiedReceiver, message: Uint8Array): void {
    try {
      const heard = readServerMessage(message, { width: 0, height: 0 });
      if (heard.type === 'pong') this.ponged.emit(heard.token);
      else if (heard.type === 'notice' && isForPerson(heard)) this.noticed.emit(heard);
      else if (heard.type === 'notice') this.titled.emit(heard.text);
      else if (heard.type === 'clipboard') {
        const copied = receiver.take(heard);
        if (copied) this.copied.emit(copied);
      }
    } catch (error) {
      this.#finish?.({ kind: 'dropped', why: String(error) });
    }
  }

  #set(state: SessionState): void {
    this.#state = state;
    this.changed.emit(state);
  }

  #wake(): void {
    this.#attempt = 0;
    if (this.#options.clock.now() - this.#began >= youngMs) this.#interrupt?.('the network changed');
  }

  /** Waits for `work`, but no longer than `milliseconds`, and not past an interruption: TCP itself would wait for minutes. */
  #within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (why: string): void => {
        settle();
        reject(new Silence(why));
      };
      const cancel = this.#options.clock.after(milliseconds, () => giveUp(`no answer within ${milliseconds / 1_000} s`));
      const settle = (): void => {
        cancel();
        if (this.#interrupt === giveUp) this.#interrupt = undefined;
      };
      this.#interrupt = giveUp;
      work.finally(settle).then(resolve, reject);
    });
  }

  /** One connection, from its first byte to its end. */
  async #once(): Promise<Outcome> {
    let link: HubLink | undefined;
    let resuming = false;
    try {
      const { hub, kind, secret } = await this.#credential();
      if (this.#stop.signal.aborted) return { kind: 'dropped', why: 'left' };
      this.#link = link = this.#options.connect(hub);
      const open = async (to: HubLink): Promise<Uint8Array> => {
        await to.start();
        resuming = kind === helloKind.resume;
        return to.hello(write.hello(kind, secret));
      };
      const welcome = readWelcome(await this.#within(answerMs[Math.min(this.#silences, answerMs.length - 1)] ?? 0, open(link)));
      this.#answerLost = false;
      if (this.#stop.signal.aborted) return { kind: 'dropped', why: 'left' };
      this.#refusals = 0;
      this.#silences = 0;
      this.#resume = { hub, secret: welcome.secret };
      return await this.#watch(link, welcome);
    } catch (error) {
      this.#silences = error instanceof Silence ? this.#silences + 1 : 0;
      if (resuming && !(error instanceof HelloRefused)) this.#answerLost = true;
      return await this.#failed(error);
    } finally {
      this.#finish = undefined;
      link?.stop();
    }
  }

  async #credential(): Promise<{ hub: string; kind: 1 | 2; secret: Uint8Array }> {
    if (this.#resume) return { ...this.#resume, kind: helloKind.resume };
    const { ticket, hub } = await this.#within(serverMs, this.#options.ticket());
    return { hub, kind: helloKind.ticket, secret: fromBase64Url(ticket) };
  }

  #watch(link: HubLink, welcome: Welcome): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      const stream = ++this.#stream;
      const copied = new CopiedReceiver();
      this.#options.sink.start(stream, welcome);
      this.#set({ kind: 'connected', name: welcome.name, rights: welcome.rights });
      link.screen(
        (message) => {
          if (stream !== this.#stream) return;
          if (message[0] === messageType.bye) resolve(byeOutcome(message));
          else if (beside.has(message[0])) this.#hear(copied, message);
          else this.#options.sink.accept(stream, message);
        },
        (error) => resolve({ kind: 'dropped', why: error?.message ?? 'the stream ended' }),
      );
    });
  }

  /** Decides what a failure to connect means. */
  async #failed(error: unknown): Promise<Outcome> {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof ApiError && error.status !== 409) return apiOutcome(error);
    if (error instanceof ApiError) return await this.#ended() ?? { kind: 'dropped', why };
    if (!(error instanceof HelloRefused)) return { kind: 'dropped', why };
    this.#refusals++;
    if (!this.#resume) return this.#refusals < refusalsBeforeTakenOver ? { kind: 'dropped', why } : { kind: 'ended', reason: 'refused', detail: why };
    if (this.#answerLost) {
      // Most likely it was we ourselves who used the secret up: a ticket tells, without asking who is connected.
      this.#answerLost = false;
      this.#resume = undefined;
      this.#refusals = 0;
      return { kind: 'dropped', why };
    }
    // The secret is no longer good: has the session ended, has another window the desktop, or may we ask for a new ticket?
    return await this.#ended(() => {
      this.#resume = undefined;
      this.#refusals = 0;
    }) ?? { kind: 'dropped', why };
  }

  /** Asks the server about the session; `free` is called where nobody is connected to it. */
  async #ended(free?: () => void): Promise<Outcome | undefined> {
    try {
      const view = await this.#within(serverMs, this.#options.view());
      if (!isOpenable(view.state) && !isLaunching(view.state)) return { kind: 'ended', reason: 'ended', detail: '', ...(view.reason ? { cause: view.reason } : {}) };
      if (view.state !== 'connected') free?.();
      else if (this.#refusals >= refusalsBeforeTakenOver) return { kind: 'ended', reason: 'taken-over', detail: '' };
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return apiOutcome(error);
      if (error instanceof Silence) return { kind: 'dropped', why: error.message };
      throw error;
    }
  }
}

function apiOutcome(error: ApiError): Outcome {
  if (error.status === 401) return { kind: 'ended', reason: 'signed-out', detail: error.message };
  if (error.status === 404) return { kind: 'ended', reason: 'ended', detail: error.message };
  if (error.status === 403) return { kind: 'ended', reason: 'refused', detail: error.message };
  return { kind: 'dropped', why: error.message };
}

const byeEnds: Readonly<Record<ByeReason, EndReason | undefined>> = {
  [byeReason.takenOver]: 'taken-over',
  [byeReason.ended]: 'ended',
  [byeReason.failed]: 'failed',
  [byeReason.signedOut]: 'signed-out',
  [byeReason.idle]: 'idle',
  [byeReason.firstClosed]: 'first-closed',
  // The host restarts and remembers the resume secret: worth coming back for.
  [byeReason.hostStopping]: undefined,
};

function byeOutcome(message: Uint8Array): Outcome {
  try {
    const bye = readServerMessage(message, { width: 0, height: 0 });
    if (bye.type !== 'bye') throw new WireError(`${bye.type} where Bye belongs`);
    const reason = byeEnds[bye.reason];
    return reason === undefined ? { kind: 'dropped', why: bye.text } : { kind: 'ended', reason, detail: bye.text };
  } catch (error) {
    return { kind: 'dropped', why: String(error) };
  }
}

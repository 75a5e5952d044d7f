import { Emitter } from '../events';
import type { Disposable } from '../events';
import type { Clock } from '../session/clock';
import { Rate } from './rate';

/** Where a file goes, and what lets one; docs/specs/images.md. */
export interface UploadTarget {
  readonly address: string;
  readonly ticket: string;
}

/** What came back from the address; `status` 0 where nothing did. */
export interface UploadAnswer {
  readonly status: number;
  /** The header Vdi-Offset: the bytes that are there. */
  readonly offset: number | undefined;
  /** The header Vdi-Name: what the file is called there, once all of it is. */
  readonly name?: string | undefined;
  readonly code: string;
  readonly detail: string;
}

/** How bytes get to the address: XMLHttpRequest in the browser, a script in tests. Neither ever rejects. */
export interface UploadLine {
  head(target: UploadTarget, stop: AbortSignal): Promise<UploadAnswer>;
  patch(target: UploadTarget, offset: number, piece: ArrayBuffer, onSent: (bytes: number) => void, stop: AbortSignal): Promise<UploadAnswer>;
}

/** The part of a File that is needed. */
export interface UploadFile {
  readonly size: number;
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

export interface UploadOptions {
  readonly file: UploadFile;
  /** Undefined to ask for one first. */
  readonly target?: UploadTarget | undefined;
  /** A new ticket for the same upload. */
  readonly renew: () => Promise<UploadTarget>;
  /** Why `renew` failed: a code where asking again is of no use. */
  readonly hopeless: (error: unknown) => { readonly code: string; readonly detail: string } | undefined;
  readonly line: UploadLine;
  readonly clock: Clock;
}

export type UploadState =
  | { readonly kind: 'sending'; readonly sent: number; readonly bytesPerSecond: number | undefined; readonly secondsLeft: number | undefined }
  /** The line is down; it goes on by itself. */
  | { readonly kind: 'waiting'; readonly sent: number }
  /** It does not go on by itself. */
  | { readonly kind: 'failed'; readonly sent: number; readonly code: string; readonly detail: string }
  | { readonly kind: 'cancelled'; readonly sent: number }
  /** `name` is what it is called there, where that was said. */
  | { readonly kind: 'done'; readonly sent: number; readonly name: string | undefined };

export const pieceBytes = 8 << 20;
const pausesMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** A line that is down for so long is reported; what was sent stays there, and the person can go on later. */
const patienceMs = 15 * 60_000;

type Step = { readonly kind: 'on' } | { readonly kind: 'pause' } | { readonly kind: 'over'; readonly code: string; readonly detail: string };

/**
 * Sends a file in pieces. The host says how much it has, and there it goes on: after a dropped line, a piece that came through
 * although its answer did not, a ticket that is too old. It ends when all is there, when it is cancelled, or where trying again helps nobody.
 */
export class Upload implements Disposable {
  readonly changed = new Emitter<UploadState>();
  readonly #options: UploadOptions;
  readonly #stop = new AbortController();
  readonly #rate: Rate;
  #target: UploadTarget | undefined;
  #sent = 0;
  #name: string | undefined;
  /** The host has said where to go on, and nothing has happened since that makes it doubtful. */
  #known = false;
  /** The ticket is new, and has not let us in yet. */
  #fresh = false;
  #state: UploadState = { kind: 'sending', sent: 0, bytesPerSecond: undefined, secondsLeft: undefined };

  constructor(options: UploadOptions) {
    this.#options = options;
    this.#target = options.target;
    this.#fresh = options.target !== undefined;
    this.#rate = new Rate();
  }

  get state(): UploadState {
    return this.#state;
  }

  /** Runs to its end, which is also the last state. */
  async run(): Promise<UploadState> {
    const { clock, file } = this.#options;
    let attempt = 0;
    let moved = clock.now();
    let furthest = 0;
    while (!this.#stop.signal.aborted && !(this.#known && this.#sent === file.size)) {
      const step = await this.#step();
      if (this.#stop.signal.aborted) break;
      if (step.kind === 'over') return this.#set({ kind: 'failed', sent: this.#sent, code: step.code, detail: step.detail });
      if (this.#sent > furthest) {
        furthest = this.#sent;
        attempt = 0;
        moved = clock.now();
      }
      if (step.kind === 'on') continue;
      if (clock.now() - moved > patienceMs) return this.#set({ kind: 'failed', sent: this.#sent, code: 'unreachable', detail: '' });
      this.#rate.forget();
      this.#set({ kind: 'waiting', sent: this.#sent });
      await clock.delay(pausesMs[Math.min(attempt++, pausesMs.length - 1)] ?? 0, this.#stop.signal);
    }
    return this.#set(this.#stop.signal.aborted ? { kind: 'cancelled', sent: this.#sent } : { kind: 'done', sent: this.#sent, name: this.#name });
  }

  /** Stops at once; what was sent stays at the host. */
  cancel(): void {
    this.#stop.abort();
  }

  dispose(): void {
    this.cancel();
    this.changed.clear();
  }

  async #step(): Promise<Step> {
    if (this.#target === undefined) return this.#renew();
    const answer = this.#known ? await this.#send(this.#target) : await this.#options.line.head(this.#target, this.#stop.signal);
    if (answer.status >= 200 && answer.status < 300) {
      if (answer.offset === undefined) return { kind: 'over', code: 'unknown', detail: 'The answer does not say how much is there.' };
      this.#fresh = false;
      this.#name = answer.name ?? this.#name;
      return this.#at(answer.offset);
    }
    switch (answer.status) {
      case 401: {
        // A ticket that never let anybody in is not helped by another one at once.
        const useless = this.#fresh;
        this.#target = undefined;
        this.#known = false;
        return { kind: useless ? 'pause' : 'on' };
      }
      case 409: {
        const known = answer.offset;
        if (known === undefined || answer.code === 'busy') return this.#doubt();
        const further = known !== this.#sent;
        const at = this.#at(known);
        return at.kind === 'over' || further ? at : { kind: 'pause' };
      }
      case 0: case 408: case 429:
        return this.#doubt();
      default:
        if (answer.status >= 500 && answer.status !== 507) return this.#doubt();
        // The answer to HEAD has no words.
        return { kind: 'over', code: answer.status === 404 && answer.code === 'unknown' ? 'unknown-upload' : answer.code, detail: answer.detail };
    }
  }

  async #renew(): Promise<Step> {
    try {
      this.#target = await this.#options.renew();
      this.#fresh = true;
      return { kind: 'on' };
    } catch (error) {
      const why = this.#options.hopeless(error);
      return why === undefined ? { kind: 'pause' } : { kind: 'over', ...why };
    }
  }

  async #send(target: UploadTarget): Promise<UploadAnswer> {
    const { file, line, clock } = this.#options;
    const from = this.#sent;
    let piece: ArrayBuffer;
    try {
      piece = await file.slice(from, Math.min(from + pieceBytes, file.size)).arrayBuffer();
    } catch (error) {
      // It was changed, moved or unplugged since it was chosen; asking again for the bytes fails again.
      return { status: 400, offset: undefined, code: 'file-unreadable', detail: String(error) };
    }
    this.#rate.at(from, clock.now());
    return line.patch(target, from, piece, (bytes) => this.#progress(from + bytes), this.#stop.signal);
  }

  #progress(sent: number): void {
    const { clock, file } = this.#options;
    this.#rate.at(sent, clock.now());
    const bytesPerSecond = this.#rate.bytesPerSecond;
    this.#set({ kind: 'sending', sent, bytesPerSecond, secondsLeft: bytesPerSecond === undefined ? undefined : Math.ceil((file.size - sent) / bytesPerSecond) });
  }

  /** The host has `offset` bytes. */
  #at(offset: number): Step {
    if (offset > this.#options.file.size) return { kind: 'over', code: 'other-file', detail: 'The host has more of it than the file has.' };
    this.#sent = offset;
    this.#known = true;
    this.#progress(offset);
    return { kind: 'on' };
  }

  /** Nobody knows how much has arrived: the host is asked before anything more is sent. */
  #doubt(): Step {
    this.#known = false;
    return { kind: 'pause' };
  }

  #set(state: UploadState): UploadState {
    if (this.#stop.signal.aborted && state.kind !== 'cancelled') return this.#state;
    this.#state = state;
    this.changed.emit(state);
    return state;
  }
}

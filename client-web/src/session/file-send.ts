import { ApiError } from '../api/client';
import { files, uploadAddress } from '../api/files';
import type { FileAccess } from '../api/files';
import { Emitter } from '../events';
import type { Disposable } from '../events';
import { Upload } from '../transfer/upload';
import type { UploadLine, UploadState, UploadTarget } from '../transfer/upload';
import type { Clock } from './clock';
import { FilesRefused } from './link';

/** Why something was refused. */
export interface FileRefusal {
  readonly code: string;
  /** The bytes that are allowed, where it is too large. */
  readonly most?: number;
}

export type SendState =
  /** Others come first. */
  | { readonly kind: 'waiting' }
  | Extract<UploadState, { kind: 'sending' }>
  /** The line is down; it goes on by itself. */
  | { readonly kind: 'down'; readonly sent: number }
  | { readonly kind: 'failed'; readonly refusal: FileRefusal }
  | { readonly kind: 'cancelled' }
  /** `name` is what it is called on the desktop. */
  | { readonly kind: 'done'; readonly name: string };

export interface SendOptions {
  /** A way with a new ticket. */
  readonly access: () => Promise<FileAccess>;
  /** Asks by the way that there is, and by a new one where its ticket is too old. */
  readonly ask: <T>(question: (access: FileAccess) => Promise<T>) => Promise<T>;
  readonly line: UploadLine;
  readonly clock: Clock;
}

/** A file's way into a desktop, from asking where to send it until all of it is there. */
export class FileSend implements Disposable {
  readonly changed = new Emitter<SendState>();
  readonly #file: File;
  readonly #options: SendOptions;
  #state: SendState = { kind: 'waiting' };
  #upload: Upload | undefined;
  /** What the desktop calls it, until it is there or given up. */
  #id: string | undefined;
  #stopped = false;
  #refusal: FileRefusal | undefined;

  constructor(file: File, options: SendOptions) {
    this.#file = file;
    this.#options = options;
  }

  get state(): SendState {
    return this.#state;
  }

  /** Sends it, from the beginning; ends with the last state. */
  async run(): Promise<void> {
    this.#stopped = false;
    this.#refusal = undefined;
    const { line, clock } = this.#options;
    const upload = this.#upload = new Upload({ file: this.#file, renew: () => this.#renew(), hopeless: (error) => this.#hopeless(error), line, clock });
    upload.changed.on((state) => {
      if (!this.#stopped) this.#follow(state);
    });
    this.#follow(upload.state);
    await upload.run();
  }

  /** Waits for another run, which begins anew. */
  wait(): void {
    this.#giveUp();
    this.#set({ kind: 'waiting' });
  }

  /** Stops at once, and leaves nothing on the desktop. */
  cancel(): void {
    this.#stop();
    this.#set({ kind: 'cancelled' });
  }

  dispose(): void {
    this.#stop();
    this.changed.clear();
  }

  #stop(): void {
    this.#stopped = true;
    this.#upload?.cancel();
    this.#giveUp();
  }

  async #renew(): Promise<UploadTarget> {
    const access = await this.#options.access();
    if (this.#stopped) throw new Error('It was cancelled.');
    this.#id ??= (await files.begin(access, this.#file.name, this.#file.size)).id;
    const id = this.#id;
    // It was cancelled while we asked.
    if (this.#stopped) this.#giveUp();
    return { address: uploadAddress(access, id), ticket: access.ticket };
  }

  #hopeless(error: unknown): { readonly code: string; readonly detail: string } | undefined {
    if (!isFinal(error)) return undefined;
    this.#refusal = refusalOf(error);
    return { code: this.#refusal.code, detail: '' };
  }

  #follow(state: UploadState): void {
    switch (state.kind) {
      case 'waiting':
        return this.#set({ kind: 'down', sent: state.sent });
      case 'failed':
        if (state.code === 'unknown-upload') this.#id = undefined;
        return this.#set({ kind: 'failed', refusal: this.#refusal ?? { code: state.code } });
      case 'done':
        this.#id = undefined;
        return this.#set({ kind: 'done', name: state.name ?? this.#file.name });
      case 'sending':
        return this.#set(state);
      case 'cancelled':
    }
  }

  /** What the desktop has of it is thrown away there; where nobody answers, the desktop does so by itself later. */
  #giveUp(): void {
    const id = this.#id;
    this.#id = undefined;
    if (id !== undefined) this.#options.ask((access) => files.giveUp(access, id)).catch((error: unknown) => console.warn('What was sent could not be given up:', error));
  }

  #set(state: SendState): void {
    this.#state = state;
    this.changed.emit(state);
  }
}

export function refusalOf(error: unknown): FileRefusal {
  if (error instanceof FilesRefused) return { code: 'no-right' };
  if (!(error instanceof ApiError)) return { code: 'unreachable' };
  const { most } = error.problem;
  return { code: error.code, ...(typeof most === 'number' ? { most } : {}) };
}

/** Refusals that a host gives although it is well: others of the kind 5xx are its own trouble, and pass. */
const finalFaults: ReadonlySet<string> = new Set(['disk-full', 'machine-fault']);

/** Whether asking again by itself helps nobody. */
function isFinal(error: unknown): boolean {
  if (error instanceof FilesRefused) return true;
  if (!(error instanceof ApiError)) return false;
  if (error.status >= 500) return finalFaults.has(error.code);
  return error.status >= 400 && error.status !== 401 && error.status !== 408;
}

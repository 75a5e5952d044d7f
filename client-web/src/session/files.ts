import { ApiError } from '../api/client';
import { files } from '../api/files';
import type { FileAccess, SharedFolder } from '../api/files';
import { Emitter } from '../events';
import type { Disposable } from '../events';
import { FileSend } from './file-send';
import type { SendOptions, SendState } from './file-send';

/** A file as it is listed; another object after each change. */
export interface ListedSend {
  readonly key: number;
  readonly name: string;
  readonly bytes: number;
  readonly state: SendState;
  /** Whether there is something that could be sent once more. */
  readonly repeatable: boolean;
}

export interface FilesOptions extends Pick<SendOptions, 'access' | 'line' | 'clock'> {
  /** Asks before the window is closed, as long as something is held. */
  readonly leaving: { hold(on: boolean): void };
}

interface Entry {
  readonly key: number;
  readonly name: string;
  readonly bytes: number;
  /** Missing for what is no file. */
  readonly send: FileSend | undefined;
}

/** More at a time only share the line. */
const atATime = 2;
/** Sent once more these are refused once more: another file must be chosen. */
const lasting: ReadonlySet<string> = new Set(['folder', 'bad-name', 'too-large', 'file-unreadable']);

/** Files to and from one desktop: those that are sent, in their turn, and what lies there to be fetched. */
export class DesktopFiles implements Disposable {
  readonly changed = new Emitter<void>();
  /** Something was chosen to be sent. */
  readonly began = new Emitter<void>();
  /** Something was sent, or could not be. */
  readonly settled = new Emitter<ListedSend>();
  /** Newest first; another one after each change, for whoever compares. */
  snapshot: readonly ListedSend[] = [];
  readonly #options: FilesOptions;
  #entries: readonly Entry[] = [];
  readonly #running = new Set<FileSend>();
  #known: FileAccess | undefined;
  #count = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
  }

  /** Sends files, and says of folders that they cannot be sent. Answers with the keys by which they are listed. */
  send(chosen: Iterable<File>, folders: Iterable<string> = []): readonly number[] {
    const added = [
      ...[...folders].map((name): Entry => ({ key: ++this.#count, name, bytes: 0, send: undefined })),
      ...[...chosen].map((file): Entry => ({ key: ++this.#count, name: file.name, bytes: file.size, send: this.#make(file) })),
    ];
    if (added.length === 0) return [];
    for (const entry of added) entry.send?.changed.on((state) => this.#changed(entry, state));
    this.#entries = [...added, ...this.#entries];
    this.began.emit();
    for (const entry of added) if (entry.send === undefined) this.settled.emit(listed(entry));
    this.#next();
    return added.map(({ key }) => key);
  }

  cancel(key: number): void {
    this.#find(key)?.cancel();
  }

  /** From its beginning. */
  again(key: number): void {
    this.#find(key)?.wait();
    this.#next();
  }

  /** Takes those that are over from the list. */
  clear(): void {
    for (const entry of this.#entries) if (isOver(stateOf(entry))) entry.send?.dispose();
    this.#entries = this.#entries.filter((entry) => !isOver(stateOf(entry)));
    this.#tell();
  }

  /** What lies on the desktop to be fetched. */
  shared(): Promise<SharedFolder> {
    return this.#ask((access) => files.shared(access));
  }

  /** A way with a new ticket. */
  async access(): Promise<FileAccess> {
    return (this.#known = await this.#options.access());
  }

  dispose(): void {
    this.changed.clear();
    this.began.clear();
    this.settled.clear();
    for (const { send } of this.#entries) send?.dispose();
    this.#entries = [];
    this.#tell();
  }

  #make(file: File): FileSend {
    const { line, clock } = this.#options;
    return new FileSend(file, { access: () => this.access(), ask: (question) => this.#ask(question), line, clock });
  }

  #find(key: number): FileSend | undefined {
    return this.#entries.find((entry) => entry.key === key)?.send;
  }

  async #ask<T>(question: (access: FileAccess) => Promise<T>): Promise<T> {
    if (this.#known !== undefined) {
      try {
        return await question(this.#known);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
      }
    }
    return question(await this.access());
  }

  #changed(entry: Entry, { kind }: SendState): void {
    this.#tell();
    if (kind === 'done' || kind === 'failed') this.settled.emit(listed(entry));
  }

  /** Begins what has its turn: of those that were chosen together the first, and those chosen earlier before them. */
  #next(): void {
    for (const { send } of [...this.#entries].sort((one, other) => one.key - other.key)) {
      if (this.#running.size >= atATime) break;
      if (send === undefined || send.state.kind !== 'waiting' || this.#running.has(send)) continue;
      this.#running.add(send);
      void send.run().finally(() => {
        this.#running.delete(send);
        this.#next();
      });
    }
    this.#tell();
  }

  #tell(): void {
    this.snapshot = this.#entries.map(listed);
    this.#options.leaving.hold(this.snapshot.some(({ state }) => !isOver(state)));
    this.changed.emit();
  }
}

/** Whether nothing more happens with it by itself. */
export const isOver = ({ kind }: SendState): boolean => kind === 'done' || kind === 'failed' || kind === 'cancelled';

function stateOf({ send }: Entry): SendState {
  return send?.state ?? { kind: 'failed', refusal: { code: 'folder' } };
}

function listed(entry: Entry): ListedSend {
  const state = stateOf(entry);
  return { key: entry.key, name: entry.name, bytes: entry.bytes, state, repeatable: state.kind === 'cancelled' || (state.kind === 'failed' && !lasting.has(state.refusal.code)) };
}

import { Emitter } from '../events';
import type { Disposable } from '../events';
import type { DesktopFiles, ListedSend } from './files';

export type OpenState = 'opening' | 'opened' | 'failed';

/** Opens files in the application of a session, once they are in its machine. */
export class AppFiles implements Disposable {
  readonly changed = new Emitter<void>();
  readonly #files: DesktopFiles;
  readonly #open: (name: string) => Promise<void>;
  readonly #wanted = new Set<number>();
  readonly #listening: Disposable;
  /** By the key of what was sent; another one after each change, for whoever compares. */
  snapshot: ReadonlyMap<number, OpenState> = new Map();

  /** `open` asks the server to open what has this name in the machine. */
  constructor(files: DesktopFiles, open: (name: string) => Promise<void>) {
    this.#files = files;
    this.#open = open;
    this.#listening = files.settled.on((send) => {
      if (send.state.kind === 'done' && this.#wanted.delete(send.key)) void this.open(send);
    });
  }

  /** Sends them, and opens each as soon as it is there, also where that takes a second try. */
  send(chosen: Iterable<File>): void {
    for (const key of this.#files.send(chosen)) this.#wanted.add(key);
  }

  /** Opens one that was sent. */
  async open({ key, state }: ListedSend): Promise<void> {
    if (state.kind !== 'done' || this.snapshot.get(key) === 'opening') return;
    this.#set(key, 'opening');
    try {
      await this.#open(state.name);
      this.#set(key, 'opened');
    } catch {
      this.#set(key, 'failed');
    }
  }

  dispose(): void {
    this.#listening.dispose();
    this.changed.clear();
  }

  #set(key: number, state: OpenState): void {
    this.snapshot = new Map([...this.snapshot, [key, state]]);
    this.changed.emit();
  }
}

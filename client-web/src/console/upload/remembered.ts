/** A file that was being sent when the page was left: what it was, so that the same one is known again. */
export interface Remembered<T> {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly lastModified: number;
  /** What is to become of it. */
  readonly wish: T;
}

type Known = Pick<File, 'name' | 'size' | 'lastModified'>;

const key = 'vdi.uploads';
const most = 20;

/** Uploads of this browser, the newest first, kept where a reload does not reach. */
export class RememberedUploads<T> {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
  }

  all(): readonly Remembered<T>[] {
    try {
      const kept: unknown = JSON.parse(this.#storage.getItem(key) ?? '[]');
      return Array.isArray(kept) ? (kept as Remembered<T>[]).filter((one) => typeof one?.id === 'string' && typeof one.name === 'string' && typeof one.wish === 'object') : [];
    } catch {
      return [];
    }
  }

  keep(upload: Remembered<T>): void {
    this.#write([upload, ...this.all().filter(({ id }) => id !== upload.id)].slice(0, most));
  }

  forget(id: string): void {
    this.#write(this.all().filter((one) => one.id !== id));
  }

  #write(uploads: readonly Remembered<T>[]): void {
    try {
      this.#storage.setItem(key, JSON.stringify(uploads));
    } catch {
      // Without storage it works as well, but not across a reload.
    }
  }
}

/** Whether `file` is the one that was remembered, as far as a browser tells. */
export function isSame(remembered: Known, file: Known): boolean {
  return remembered.name === file.name && remembered.size === file.size && remembered.lastModified === file.lastModified;
}

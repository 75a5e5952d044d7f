import { images } from '../../api/images';
import type { FileTicket, HardwareRequest, JobView, MediumFormat } from '../../api/images';
import { ApiError } from '../../api/client';
import { Emitter } from '../../events';
import type { Disposable } from '../../events';
import type { Clock } from '../../session/clock';
import type { RememberedUploads } from './remembered';
import { Upload } from '../../transfer/upload';
import type { UploadLine, UploadState } from '../../transfer/upload';

/** What is to become of a file. */
export interface ImportWish {
  readonly name: string;
  readonly format: MediumFormat;
  /** Missing for an ISO, which becomes a medium. */
  readonly hardware?: HardwareRequest;
  readonly notes: string;
}

export type ImportState =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'uploading'; readonly upload: UploadState }
  | { readonly kind: 'ordering' }
  | { readonly kind: 'ordered'; readonly job: JobView }
  /** The server refused to begin, or to import what is there. */
  | { readonly kind: 'refused'; readonly error: Error }
  | { readonly kind: 'cancelled' };

export interface ImportRunOptions {
  readonly fileName: string;
  readonly bytes: number;
  readonly wish: ImportWish;
  /** Missing where all of it is at the host already. */
  readonly file?: File;
  /** An upload that was begun earlier. */
  readonly upload?: string;
  readonly remembered: RememberedUploads<ImportWish>;
  readonly line: UploadLine;
  readonly clock: Clock;
}

/** Between two orders of the import where nobody answers. */
const orderAgainMs = 3_000;
const hopelessStatus = [400, 403, 404] as const;

/** A file's way from this computer into the store: sent, then imported. It is remembered until it is ordered or given up. */
export class ImportRun implements Disposable {
  readonly changed = new Emitter<ImportState>();
  readonly options: ImportRunOptions;
  #state: ImportState = { kind: 'beginning' };
  #upload: Upload | undefined;
  #id: string | undefined;
  readonly #stop = new AbortController();

  constructor(options: ImportRunOptions) {
    this.options = options;
    this.#id = options.upload;
  }

  /** The upload's, once it has begun. */
  get id(): string | undefined {
    return this.#id;
  }

  get state(): ImportState {
    return this.#state;
  }

  /** Whether leaving the page would stop it. */
  get isSending(): boolean {
    return this.#state.kind === 'beginning' || (this.#state.kind === 'uploading' && (this.#state.upload.kind === 'sending' || this.#state.upload.kind === 'waiting'));
  }

  /** Goes as far as it can; may be called again where it stopped. */
  async run(): Promise<void> {
    try {
      if (this.options.file !== undefined && !(await this.#send(this.options.file))) return;
      if (this.#stop.signal.aborted) return;
      this.#set({ kind: 'ordering' });
      const job = await this.#order();
      if (job === undefined) return;
      this.#forget();
      this.#set({ kind: 'ordered', job });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.#forget();
      if (!this.#stop.signal.aborted) this.#set({ kind: 'refused', error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  /** Gives it up, with what was sent. */
  async cancel(): Promise<void> {
    this.#stop.abort();
    this.#upload?.cancel();
    this.#set({ kind: 'cancelled' });
    if (this.#id === undefined) return;
    const id = this.#id;
    this.#forget();
    await images.giveUp(id).catch((error: unknown) => console.warn('The upload could not be given up:', error));
  }

  dispose(): void {
    this.#stop.abort();
    this.#upload?.dispose();
    this.changed.clear();
  }

  /** Orders the import, as often as it takes while nobody answers; undefined where it was cancelled meanwhile. */
  async #order(): Promise<JobView | undefined> {
    const { wish: { name, format, hardware, notes }, clock } = this.options;
    while (!this.#stop.signal.aborted) {
      try {
        return await images.import({ upload: this.#id ?? '', name, format, ...(hardware === undefined ? {} : { hardware }), notes });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const { job } = error.problem;
        // The answer to an earlier try was lost on its way.
        if (error.code === 'job-under-way' && typeof job === 'string') return await images.job(job);
        if (error.status !== 0) throw error;
        await clock.delay(orderAgainMs, this.#stop.signal);
      }
    }
    return undefined;
  }

  async #send(file: File): Promise<boolean> {
    const { remembered, wish, fileName, bytes, line, clock } = this.options;
    let target: FileTicket | undefined;
    if (this.#id === undefined) {
      this.#set({ kind: 'beginning' });
      target = await images.beginUpload(fileName, bytes);
      this.#id = target.id;
      if (this.#stop.signal.aborted) {
        await images.giveUp(target.id);
        return false;
      }
    }
    const id = this.#id;
    remembered.keep({ id, name: file.name, size: file.size, lastModified: file.lastModified, wish });
    const upload = this.#upload = new Upload({ file, target, renew: () => images.uploadTicket(id), hopeless, line, clock });
    upload.changed.on((state) => !this.#stop.signal.aborted && this.#set({ kind: 'uploading', upload: state }));
    const { kind } = await upload.run();
    if (this.#state.kind === 'uploading' && this.#state.upload.kind === 'failed' && this.#state.upload.code === 'unknown-upload') {
      this.#forget();
      this.#id = undefined;
    }
    return kind === 'done';
  }

  #forget(): void {
    if (this.#id !== undefined) this.options.remembered.forget(this.#id);
  }

  #set(state: ImportState): void {
    this.#state = state;
    this.changed.emit(state);
  }
}

/** Where asking for a new ticket again helps nobody: signed out is not among it, for one can sign in elsewhere and go on. */
function hopeless(error: unknown): { readonly code: string; readonly detail: string } | undefined {
  if (!(error instanceof ApiError) || !hopelessStatus.some((status) => status === error.status)) return undefined;
  return { code: error.code, detail: error.message };
}

import { Emitter } from '../../events';
import { browserClock } from '../../session/clock';
import { ImportRun } from './importRun';
import type { ImportRunOptions, ImportState, ImportWish } from './importRun';
import { RememberedUploads } from './remembered';
import { LeaveGuard } from '../../transfer/leaving';
import { browserLine } from '../../transfer/xhr';

export const remembered = new RememberedUploads<ImportWish>({
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, value),
});

/** The imports of this page. They go on while the person looks at other pages of the console, and until the window is closed. */
class Imports {
  readonly changed = new Emitter<void>();
  readonly #leaving = new LeaveGuard();
  #runs: readonly ImportRun[] = [];

  /** Another one after each change, for whoever compares. */
  snapshot: readonly { readonly run: ImportRun; readonly state: ImportState }[] = [];

  get runs(): readonly ImportRun[] {
    return this.#runs;
  }

  begin(options: Omit<ImportRunOptions, 'remembered' | 'line' | 'clock'>): ImportRun {
    const run = new ImportRun({ ...options, remembered, line: browserLine, clock: browserClock });
    run.changed.on(() => this.#tell());
    this.#runs = [run, ...this.#runs];
    this.#tell();
    void run.run();
    return run;
  }

  /** Takes one that is over, or was cancelled, from the page. */
  drop(run: ImportRun): void {
    run.dispose();
    this.#runs = this.#runs.filter((one) => one !== run);
    this.#tell();
  }

  #tell(): void {
    this.#leaving.hold(this.#runs.some(({ isSending }) => isSending));
    this.snapshot = this.#runs.map((run) => ({ run, state: run.state }));
    this.changed.emit();
  }
}

export const imports = new Imports();

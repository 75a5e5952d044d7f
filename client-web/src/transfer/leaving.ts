import type { Disposable } from '../events';

/** Asks before the window is closed, as long as something is held. */
export class LeaveGuard implements Disposable {
  readonly #ask = (event: BeforeUnloadEvent): void => event.preventDefault();

  hold(on: boolean): void {
    if (on) window.addEventListener('beforeunload', this.#ask);
    else window.removeEventListener('beforeunload', this.#ask);
  }

  dispose(): void {
    this.hold(false);
  }
}

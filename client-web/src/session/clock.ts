import { Disposables } from '../events';
import type { Disposable } from '../events';

export interface Clock {
  now(): number;
  /** Ends early, without an error, when `stop` is aborted or the page is woken. */
  delay(milliseconds: number, stop: AbortSignal): Promise<void>;
  /** Calls once, later; the answer takes the call back. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Calls whenever the network is back, or the page is looked at again. */
  woken(callback: () => void): Disposable;
}

/** The browser's time. */
export const browserClock: Clock = {
  now: () => performance.now(),
  delay: (milliseconds, stop) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        woken.dispose();
        stop.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      const woken = browserClock.woken(end);
      stop.addEventListener('abort', end);
      if (stop.aborted) end();
    }),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  woken: (callback) => {
    const listeners = new Disposables();
    listeners.listen(globalThis, 'online', callback);
    listeners.listen(document, 'visibilitychange', () => {
      if (!document.hidden) callback();
    });
    return listeners;
  },
};

export interface Clock {
  now(): number;
  /** Ends early, without an error, when `stop` is aborted. */
  delay(milliseconds: number, stop: AbortSignal): Promise<void>;
}

/** The browser's time. A wait ends early when the network is back. */
export const browserClock: Clock = {
  now: () => performance.now(),
  delay: (milliseconds, stop) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        removeEventListener('online', end);
        stop.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      addEventListener('online', end);
      stop.addEventListener('abort', end);
      if (stop.aborted) end();
    }),
};

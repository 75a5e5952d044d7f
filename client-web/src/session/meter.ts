/** What a line is like just now. */
export interface LineState {
  /** From asking the host to its answer, behind everything that was under way; undefined while unknown. */
  readonly roundTripMs: number | undefined;
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
  /** Nothing of the picture is only near any more. */
  readonly exact: boolean;
}

/** Counts over the last two seconds. */
const windowMs = 2_000;

/** Measures a desktop's line from its frames and from Pings. Times are in milliseconds. */
export class Meter {
  #frames: { readonly at: number; readonly bytes: number }[] = [];
  #exact = true;
  #token = 0;
  #asked: { readonly token: number; readonly at: number } | undefined;
  #roundTripMs: number | undefined;

  presented(bytes: number, exact: boolean, now: number): void {
    this.#frames.push({ at: now, bytes });
    this.#exact = exact;
  }

  /** The token of a Ping that is sent now; undefined while an answer is waited for. */
  ask(now: number): number | undefined {
    if (this.#asked) {
      // Whoever waits for so long knows at least that.
      this.#roundTripMs = Math.max(this.#roundTripMs ?? 0, now - this.#asked.at);
      return undefined;
    }
    this.#asked = { token: ++this.#token, at: now };
    return this.#token;
  }

  answered(token: number, now: number): void {
    if (this.#asked?.token !== token) return;
    this.#roundTripMs = now - this.#asked.at;
    this.#asked = undefined;
  }

  /** Another connection: what was asked is never answered. */
  restart(): void {
    this.#asked = undefined;
    this.#roundTripMs = undefined;
  }

  at(now: number): LineState {
    this.#frames = this.#frames.filter((frame) => frame.at > now - windowMs);
    const seconds = windowMs / 1000;
    return {
      roundTripMs: this.#roundTripMs,
      framesPerSecond: Math.round(this.#frames.length / seconds),
      bitsPerSecond: (this.#frames.reduce((sum, frame) => sum + frame.bytes, 0) * 8) / seconds,
      exact: this.#exact,
    };
  }
}

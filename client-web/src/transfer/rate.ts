/** So long back goes what the rate is reckoned from: short enough to follow the line, long enough not to jump. */
const windowMs = 8_000;
/** From less than this nothing can be said. */
const leastMs = 500;

/** How quickly something grows, from what was seen last. */
export class Rate {
  #seen: { readonly value: number; readonly at: number }[] = [];

  /** It is `value` at `at` milliseconds. */
  at(value: number, at: number): void {
    this.#seen.push({ value, at });
    while (this.#seen.length > 2 && at - (this.#seen[1]?.at ?? at) >= windowMs) this.#seen.shift();
  }

  /** What comes next has nothing to do with what was. */
  forget(): void {
    this.#seen = [];
  }

  get bytesPerSecond(): number | undefined {
    const first = this.#seen[0];
    const last = this.#seen.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < leastMs || last.value <= first.value) return undefined;
    return ((last.value - first.value) * 1_000) / (last.at - first.at);
  }
}

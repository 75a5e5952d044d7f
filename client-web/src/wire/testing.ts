/** For tests: what can go wrong with bytes, the same for one seed (mulberry32, public domain). */
export class Mutations {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to `below`, without it. */
  next(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  /** `bytes` with bits flipped, with numbers at the edge of something, cut, or with a piece twice. */
  some(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice();
    switch (this.next(4)) {
      case 0:
        for (let flips = this.next(5) + 1; flips > 0; flips--) changed[this.next(changed.length)]! ^= 1 << this.next(8);
        return changed;
      case 1: {
        const giants = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 8192, 8193, 1 << 20, (1 << 20) + 1];
        const view = new DataView(changed.buffer);
        for (let numbers = this.next(3) + 1; numbers > 0 && changed.length >= 4; numbers--) {
          const at = this.next(changed.length - 3);
          const giant = giants[this.next(giants.length)]!;
          if (this.next(2) === 0) view.setUint16(at, giant & 0xffff, true);
          else view.setUint32(at, giant, true);
        }
        return changed;
      }
      case 2: return changed.slice(0, this.next(changed.length + 1));
      default: {
        const [from, to] = [this.next(changed.length), this.next(changed.length)].sort((a, b) => a - b) as [number, number];
        return new Uint8Array([...changed.slice(0, to), ...changed.slice(from)]);
      }
    }
  }
}

/** What the accumulator needs of a WheelEvent. */
export interface WheelTurn {
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0 pixels, 1 lines, 2 pages. */
  readonly deltaMode: number;
}

/** Of each unit, what one notch of a usual mouse wheel gives. */
const perNotch = [100, 3, 1] as const;

/** Adds small turns (touch pads) up to whole notches. */
export class WheelNotches {
  #x = 0;
  #y = 0;

  add({ deltaX, deltaY, deltaMode }: WheelTurn): { readonly dx: number; readonly dy: number } {
    const unit = perNotch[deltaMode === 1 || deltaMode === 2 ? deltaMode : 0];
    this.#x = turned(this.#x, deltaX / unit);
    this.#y = turned(this.#y, deltaY / unit);
    const dx = Math.trunc(this.#x);
    const dy = Math.trunc(this.#y);
    this.#x -= dx;
    this.#y -= dy;
    return { dx: dx + 0, dy: dy + 0 };
  }
}

/** A change of direction starts anew: the rest of the old one would swallow the first turn. */
function turned(rest: number, delta: number): number {
  return rest * delta < 0 ? delta : rest + delta;
}

import { expect, it } from 'vitest';
import { pan } from './pan';

/** As a browser does it: no further than the content goes, and in whole pixels. */
class Viewport {
  readonly #right: number;
  readonly #bottom: number;
  #at = { x: 0, y: 0 };

  constructor(right: number, bottom: number) {
    this.#right = right;
    this.#bottom = bottom;
  }

  get scrollLeft(): number { return this.#at.x; }
  set scrollLeft(to: number) { this.#at.x = Math.round(Math.max(0, Math.min(this.#right, to))); }
  get scrollTop(): number { return this.#at.y; }
  set scrollTop(to: number) { this.#at.y = Math.round(Math.max(0, Math.min(this.#bottom, to))); }
}

it('moves the picture with the fingers', () => {
  const viewport = new Viewport(300, 200);
  expect(pan(viewport, -50, -20.4)).toEqual({ dx: 0, dy: 0 });
  expect([viewport.scrollLeft, viewport.scrollTop]).toEqual([50, 20]);
  expect(pan(viewport, 30, 0)).toEqual({ dx: 0, dy: 0 });
  expect(viewport.scrollLeft).toBe(20);
});

it('leaves to the guest what goes beyond the edge', () => {
  const viewport = new Viewport(300, 0);
  expect(pan(viewport, 10, -40)).toEqual({ dx: 10, dy: -40 });
  expect(pan(viewport, -400, 0)).toEqual({ dx: -100, dy: 0 });
});

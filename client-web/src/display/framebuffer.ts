import type { Extent, Fill, Move, Rectangle, Span } from '../wire/messages';
import { decodeSpan } from './spans';

/** Opaque black, as a little-endian RGBA word (every browser's machine is little-endian). */
const black = 0xff000000;

/** The whole picture, RGBA, in memory. Only complete frames reach it, so what is painted from it is never half a frame. */
export class Framebuffer implements Extent {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly #words: Uint32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8ClampedArray(width * height * 4);
    this.#words = new Uint32Array(this.pixels.buffer);
    this.#words.fill(black);
  }

  fill(fill: Fill): void {
    const word = (black | (fill.blue << 16) | (fill.green << 8) | fill.red) >>> 0;
    for (let row = fill.y; row < fill.y + fill.height; row++) {
      const start = row * this.width + fill.x;
      this.#words.fill(word, start, start + fill.width);
    }
  }

  /** Each move reads what was there before the first. */
  move(moves: readonly Move[]): void {
    const kept = moves.map(({ fromX, fromY, width, height }) => {
      const copy = new Uint32Array(width * height);
      for (let row = 0; row < height; row++) {
        const from = (fromY + row) * this.width + fromX;
        copy.set(this.#words.subarray(from, from + width), row * width);
      }
      return copy;
    });
    moves.forEach(({ x, y, width, height }, index) => {
      const copy = kept[index];
      for (let row = 0; copy && row < height; row++) this.#words.set(copy.subarray(row * width, (row + 1) * width), (y + row) * this.width + x);
    });
  }

  /** Takes a span's pixels from `raw` at byte `offset`; returns the offset behind them. Throws WireError. */
  span(span: Span, raw: Uint8Array, offset: number): number {
    return decodeSpan(span, raw, offset, this.#words, this.width);
  }

  /** Takes a rectangle's pixels, RGBA. */
  put(area: Rectangle, rgba: Uint8ClampedArray): void {
    const stride = area.width * 4;
    for (let row = 0; row < area.height; row++)
      this.pixels.set(rgba.subarray(row * stride, (row + 1) * stride), ((area.y + row) * this.width + area.x) * 4);
  }
}

/** What changed since the last painting. Many small rectangles become one large one: each costs a call to paint. */
export class Damage {
  static readonly most = 32;
  #rectangles: Rectangle[] = [];

  add(rectangle: Rectangle): void {
    this.#rectangles.push(rectangle);
    if (this.#rectangles.length > Damage.most) this.#rectangles = [bounds(this.#rectangles)];
  }

  take(): readonly Rectangle[] {
    return this.#rectangles.splice(0);
  }
}

function bounds(rectangles: readonly Rectangle[]): Rectangle {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (const { x, y, width, height } of rectangles) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

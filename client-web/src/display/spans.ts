import { spanCoding, WireError } from '../wire/messages';
import type { Rectangle, Span } from '../wire/messages';

// The codings of docs/specs/wire.md: `raw` at `at` -> words (little-endian RGBA) of a picture `width` pixels wide. Each returns the offset
// behind what it took, and throws WireError where that is not there.

const opaque = 0xff000000;

export function decodeSpan(span: Span, raw: Uint8Array, at: number, words: Uint32Array, width: number): number {
  return span.coding === spanCoding.palette ? palette(span, raw, at, words, width) : predicted(span, raw, at, words, width);
}

const colours = new Uint32Array(256);

function palette(span: Rectangle, raw: Uint8Array, at: number, words: Uint32Array, width: number): number {
  const count = need(raw, at, 1) + 1;
  const bits = count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8;
  const stride = (span.width * bits + 7) >> 3;
  const first = at + 1;
  const end = first + 3 * count + stride * span.height;
  if (end > raw.length) throw new WireError('a palette without its pixels');
  // An index beyond the palette is black: it can be written, but means nothing.
  colours.fill(opaque);
  for (let i = 0; i < count; i++)
    colours[i] = (opaque | (raw[first + 2 * count + i]! << 16) | (raw[first + count + i]! << 8) | raw[first + i]!) >>> 0;
  const mask = (1 << bits) - 1;
  let row = first + 3 * count;
  for (let y = span.y; y < span.y + span.height; y++, row += stride) {
    let to = y * width + span.x;
    if (bits === 8) {
      for (let x = 0; x < span.width; x++) words[to++] = colours[raw[row + x]!]!;
    } else {
      let shift = 0;
      let from = row;
      let byte = 0;
      for (let x = 0; x < span.width; x++) {
        if (shift === 0) {
          byte = raw[from++]!;
          shift = 8;
        }
        shift -= bits;
        words[to++] = colours[(byte >> shift) & mask]!;
      }
    }
  }
  return end;
}

/** Median edge prediction: green, red less green, blue less green, each from its left, upper and upper left neighbours. */
function predicted(span: Rectangle, raw: Uint8Array, at: number, words: Uint32Array, width: number): number {
  const size = span.width * span.height;
  const end = at + 3 * size;
  if (end > raw.length) throw new WireError('a prediction without its pixels');
  let i = at;
  for (let y = 0; y < span.height; y++) {
    let to = (span.y + y) * width + span.x;
    let leftG = 0, leftR = 0, leftB = 0, cornerG = 0, cornerR = 0, cornerB = 0;
    for (let x = 0; x < span.width; x++, i++, to++) {
      let g = raw[i]!, r = raw[i + size]!, b = raw[i + 2 * size]!;
      let upG = 0, upR = 0, upB = 0;
      if (y > 0) {
        const above = words[to - width]!;
        upG = (above >>> 8) & 255;
        upR = ((above & 255) - upG) & 255;
        upB = (((above >>> 16) & 255) - upG) & 255;
      }
      if (y === 0) {
        g += leftG; r += leftR; b += leftB;
      } else if (x === 0) {
        g += upG; r += upR; b += upB;
      } else {
        g += median(leftG, upG, cornerG); r += median(leftR, upR, cornerR); b += median(leftB, upB, cornerB);
      }
      g &= 255; r &= 255; b &= 255;
      words[to] = (opaque | (((b + g) & 255) << 16) | (g << 8) | ((r + g) & 255)) >>> 0;
      leftG = g; leftR = r; leftB = b; cornerG = upG; cornerR = upR; cornerB = upB;
    }
  }
  return end;
}

function median(left: number, up: number, corner: number): number {
  const low = left < up ? left : up;
  const high = left < up ? up : left;
  return corner >= high ? low : corner <= low ? high : left + up - corner;
}

function need(raw: Uint8Array, at: number, count: number): number {
  if (at + count > raw.length) throw new WireError('a blob shorter than its spans');
  return raw[at]!;
}

import { beforeEach, expect, it } from 'vitest';
import type { Rectangle } from '../wire/messages';
import type { Framebuffer } from './framebuffer';
import type { FromDecoder } from './protocol';
import { Screen } from './screen';

// A screen of 4x2; the blob is the raw bytes themselves.
let posts: FromDecoder[];
let painted: { readonly picture: readonly number[]; readonly damage: readonly Rectangle[] }[];
let resized: string[];
let repaint: (() => void) | undefined;
let screen: Screen;

beforeEach(() => {
  posts = [];
  painted = [];
  resized = [];
  repaint = undefined;
  screen = new Screen({
    surface: {
      resize: ({ width, height }) => resized.push(`${width}x${height}`),
      paint: (picture: Framebuffer, damage) => painted.push({ picture: reds(picture), damage }),
    },
    decode: (blob) => blob,
    schedule: (paint) => { repaint = paint; },
    post: (message) => posts.push(message),
    now: () => 0,
  });
});

const reds = (picture: Framebuffer) => Array.from({ length: picture.pixels.length / 4 }, (_, i) => picture.pixels[i * 4] ?? -1);
const u16 = (value: number) => [value & 255, value >> 8];
const size = (width: number, height: number) => new Uint8Array([2, ...u16(width), ...u16(height)]);
const fill = (sequence: number, flags: number, x: number, red: number) =>
  new Uint8Array([1, sequence, 0, 0, 0, flags, 1, 0, 0, 0, ...u16(x), 0, 0, 1, 0, 1, 0, red, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const span = (sequence: number, x: number, red: number) =>
  new Uint8Array([1, sequence, 0, 0, 0, 3, 0, 0, 1, 0, ...u16(x), 0, 0, 1, 0, 2, 0, 8, 0, 0, 0, 8, 0, 0, 0, red, 0, 0, 255, red + 1, 0, 0, 255]);
const presented = () => posts.flatMap((each) => (each.type === 'presented' ? [each.sequence] : []));

it('paints fills and spans and reports after painting', () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, fill(1, 7, 1, 9));
  screen.accept(1, span(2, 3, 5));
  expect(presented()).toEqual([]);
  repaint?.();
  expect(painted).toHaveLength(1);
  expect(painted[0]?.picture).toEqual([0, 9, 0, 5, 0, 0, 0, 6]);
  expect(presented()).toEqual([1, 2]);
  expect(resized).toEqual(['4x2']);
});

it('shows a frame in parts as a whole', () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, fill(1, 7, 0, 1));
  screen.accept(1, fill(2, 1, 1, 2));
  repaint?.();
  expect(painted[0]?.picture.slice(0, 3)).toEqual([1, 0, 0]);
  expect(presented()).toEqual([1]);
  screen.accept(1, fill(2, 2, 2, 3));
  repaint?.();
  expect(painted[1]?.picture.slice(0, 3)).toEqual([1, 2, 3]);
  expect(presented()).toEqual([1, 2]);
});

it('becomes black with Size, but only when the next picture is there', () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, fill(1, 7, 0, 1));
  repaint?.();
  screen.accept(1, size(3, 1));
  expect(resized).toEqual(['4x2']);
  screen.accept(1, fill(2, 7, 1, 7));
  repaint?.();
  expect(resized).toEqual(['4x2', '3x1']);
  expect(painted[1]?.picture).toEqual([0, 7, 0]);
});

it('keeps the last picture when a new stream begins, and ignores the old stream', () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, fill(1, 7, 0, 1));
  repaint?.();
  screen.accept(1, fill(2, 1, 1, 2));
  screen.start(2, { width: 4, height: 2 });
  screen.accept(1, fill(2, 2, 2, 3));
  screen.accept(2, fill(1, 7, 3, 4));
  repaint?.();
  expect(painted[1]?.picture.slice(0, 4)).toEqual([1, 0, 0, 4]);
  expect(resized).toEqual(['4x2']);
});

it('merges much damage into one rectangle', () => {
  screen.start(1, { width: 4, height: 2 });
  for (let sequence = 1; sequence <= 40; sequence++) screen.accept(1, fill(sequence, 3, sequence % 4, sequence));
  repaint?.();
  expect(painted[0]?.damage).toEqual([{ x: 0, y: 0, width: 4, height: 2 }]);
  for (let sequence = 41; sequence <= 80; sequence++) screen.accept(1, fill(sequence, 3, sequence % 2, sequence));
  repaint?.();
  expect(painted[1]?.damage[0]).toEqual({ x: 0, y: 0, width: 2, height: 1 });
});

it('posts the cursor', () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, new Uint8Array([3, 1, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]));
  expect(posts.at(-1)).toEqual({ type: 'cursor', width: 1, height: 1, hotX: 0, hotY: 0, pixels: new Uint8Array([1, 2, 3, 4]) });
});

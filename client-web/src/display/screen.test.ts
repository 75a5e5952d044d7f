import { beforeEach, expect, it } from 'vitest';
import type { Image, Rectangle } from '../wire/messages';
import type { Framebuffer } from './framebuffer';
import type { FromDecoder } from './protocol';
import { Screen } from './screen';
import type { VideoPicture } from './video';

// A screen of 4x2; the blob is the raw bytes themselves.
let posts: FromDecoder[];
let painted: { readonly picture: readonly number[]; readonly damage: readonly Rectangle[] }[];
let resized: string[];
let repaint: (() => void) | undefined;
let images: { readonly image: Image; readonly resolve: (rgba: Uint8ClampedArray) => void; readonly reject: (error: Error) => void }[];
let videos: { readonly picture: VideoPicture; readonly resolve: (rgba: Uint8ClampedArray | undefined) => void; readonly reject: (error: Error) => void }[];
let screen: Screen;

beforeEach(() => {
  posts = [];
  painted = [];
  resized = [];
  images = [];
  videos = [];
  repaint = undefined;
  screen = new Screen({
    surface: {
      resize: ({ width, height }) => resized.push(`${width}x${height}`),
      paint: (picture: Framebuffer, damage) => painted.push({ picture: reds(picture), damage }),
    },
    decode: (blob) => blob,
    decodeImage: (image) => new Promise((resolve, reject) => { images.push({ image, resolve, reject }); }),
    videos: { decode: (picture) => new Promise((resolve, reject) => { videos.push({ picture, resolve, reject }); }), clear: () => undefined },
    schedule: (paint) => { repaint = paint; },
    post: (message) => posts.push(message),
    now: () => 0,
  });
});

const reds = (picture: Framebuffer) => Array.from({ length: picture.pixels.length / 4 }, (_, i) => picture.pixels[i * 4] ?? -1);
const u16 = (value: number) => [value & 255, value >> 8];
const size = (width: number, height: number) => new Uint8Array([2, ...u16(width), ...u16(height)]);
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const head = (sequence: number, flags: number, moves: number, fills: number, spans: number, pictures: number) =>
  [1, ...u32(sequence), flags, ...u16(moves), ...u16(fills), ...u16(spans), ...u16(pictures)];
const area = (x: number, y: number, width: number, height: number) => [x, y, width, height].flatMap(u16);
const fill = (sequence: number, flags: number, x: number, red: number) =>
  new Uint8Array([...head(sequence, flags, 0, 1, 0, 0), ...area(x, 0, 1, 1), red, 0, 0, ...u32(0), ...u32(0)]);
/** One pixel over another, as a palette of two colours. */
const span = (sequence: number, x: number, red: number) =>
  new Uint8Array([...head(sequence, 3, 0, 0, 1, 0), ...area(x, 0, 1, 2), 0, ...u32(9), ...u32(9), 1, red, red + 1, 0, 0, 0, 0, 0, 128]);
const move = (sequence: number, to: number[], fromX: number, fromY: number) =>
  new Uint8Array([...head(sequence, 3, 1, 0, 0, 0), ...to, ...u16(fromX), ...u16(fromY), ...u32(0), ...u32(0)]);
const image = (sequence: number, x: number) =>
  new Uint8Array([...head(sequence, 3, 0, 0, 0, 1), ...area(x, 0, 1, 1), ...u16(2), ...u32(0), ...u32(0), 0xff, 0xd8]);
const settle = () => new Promise((resolve) => { setTimeout(resolve); });
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

it('moves what was there before, also onto itself', () => {
  screen.start(1, { width: 4, height: 2 });
  [0, 1, 2, 3].forEach((x) => screen.accept(1, fill(x + 1, 3, x, x + 10)));
  screen.accept(1, move(5, area(1, 0, 3, 1), 0, 0));
  repaint?.();
  expect(painted[0]?.picture.slice(0, 4)).toEqual([10, 10, 11, 12]);
  expect(presented()).toEqual([1, 2, 3, 4, 5]);
});

it('waits for an image and keeps the order of frames', async () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, image(1, 0));
  screen.accept(1, fill(2, 3, 0, 5));
  expect(repaint).toBeUndefined();
  images[0]?.resolve(new Uint8ClampedArray([77, 0, 0, 255]));
  await settle();
  repaint?.();
  expect(presented()).toEqual([1, 2]);
  expect(painted[0]?.picture[0]).toBe(5);
});

it('tells of an image that cannot be decoded', async () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, image(1, 0));
  images[0]?.reject(new Error('no JPEG'));
  await settle();
  expect(posts).toContainEqual({ type: 'fault', stream: 1, message: 'no JPEG' });
});

it('tells of frames that a new size made void, without painting them', async () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, image(1, 0));
  screen.accept(1, size(3, 1));
  images[0]?.resolve(new Uint8ClampedArray([77, 0, 0, 255]));
  await settle();
  repaint?.();
  expect(presented()).toEqual([1]);
  screen.accept(1, fill(2, 7, 1, 7));
  repaint?.();
  expect(painted.at(-1)?.picture).toEqual([0, 7, 0]);
});

it('ignores an image of a stream that was left', async () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, image(1, 0));
  screen.start(2, { width: 4, height: 2 });
  images[0]?.resolve(new Uint8ClampedArray([77, 0, 0, 255]));
  await settle();
  screen.accept(2, fill(1, 7, 1, 7));
  repaint?.();
  expect(painted.at(-1)?.picture.slice(0, 2)).toEqual([0, 7]);
});

it('refuses pixels that no span takes', () => {
  screen.start(1, { width: 4, height: 2 });
  const bytes = [...head(1, 3, 0, 0, 1, 0), ...area(0, 0, 1, 2), 0, ...u32(10), ...u32(10), 1, 1, 2, 0, 0, 0, 0, 0, 128, 9];
  expect(() => screen.accept(1, new Uint8Array(bytes))).toThrow(/too many/);
});

/** A piece of a picture of a video, two pixels from `x` on. */
const video = (sequence: number, flags: number, bits: number, x: number, bytes: number[]) =>
  new Uint8Array([6, ...u32(sequence), flags, 0, 3, bits, ...area(x, 0, 2, 1), ...bytes]);

it('puts the pieces of a video picture together and paints it over the rest of its frame', async () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, fill(1, 1, 0, 5));
  screen.accept(1, video(1, 0, 1, 0, [1, 2]));
  screen.accept(1, video(1, 2, 3, 0, [3]));
  expect(videos.map(({ picture }) => ({ ...picture, bytes: [...picture.bytes] }))).toEqual([{ streamId: 3, key: true, bytes: [1, 2, 3], x: 0, y: 0, width: 2, height: 1 }]);
  expect(repaint).toBeUndefined();
  videos[0]?.resolve(new Uint8ClampedArray([70, 0, 0, 255, 71, 0, 0, 255]));
  await settle();
  repaint?.();
  expect(painted[0]?.picture.slice(0, 3)).toEqual([70, 71, 0]);
  expect(posts).toContainEqual(expect.objectContaining({ type: 'presented', sequence: 1, videos: 1 }));
});

it('says that it cannot decode videos and goes on without', async () => {
  screen.start(1, { width: 4, height: 2 });
  screen.accept(1, video(1, 3, 3, 0, [1]));
  screen.accept(1, fill(2, 3, 0, 5));
  videos[0]?.reject(new Error('no such codec'));
  await settle();
  repaint?.();
  expect(presented()).toEqual([1, 2]);
  expect(posts).toContainEqual({ type: 'videoless' });
  expect(painted[0]?.picture.slice(0, 2)).toEqual([5, 0]);
});

it('refuses a video of an unknown codec, and one with unknown flags', () => {
  screen.start(1, { width: 4, height: 2 });
  const unknown = video(1, 3, 3, 0, [1]);
  unknown[6] = 1;
  expect(() => screen.accept(1, unknown)).toThrow(/codec/);
  expect(() => screen.accept(1, video(1, 3, 4, 0, [1]))).toThrow(/flags/);
});

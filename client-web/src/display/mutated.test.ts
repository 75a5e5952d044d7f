import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WireError } from '../wire/messages';
import { Mutations } from '../wire/testing';
import type { FromDecoder } from './protocol';
import { Screen } from './screen';
import { rawZstd } from './testing';
import { Zstd } from './zstd';

// Whole streams of frames with something wrong in them, through the real zstd, the codings and the picture.

const u16 = (value: number) => [value & 255, value >> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const area = (x: number, y: number, width: number, height: number) => [x, y, width, height].flatMap(u16);

/** A frame with a move, a fill, a palette of three colours, a prediction and an image. */
function frame(sequence: number): Uint8Array {
  const palette = [2, 1, 4, 7, 2, 5, 8, 3, 6, 9, ...Array.from({ length: 2 * 4 }, (_, i) => (i * 37) & 255)];
  const predicted = Array.from({ length: 3 * 5 * 6 }, (_, i) => (i * 11) & 255);
  const raw = new Uint8Array([...palette, ...predicted]);
  const blob = rawZstd(raw);
  return new Uint8Array([
    1, ...u32(sequence), 3, ...u16(1), ...u16(1), ...u16(2), ...u16(1),
    ...area(0, 0, 20, 10), ...u16(5), ...u16(5), ...area(30, 2, 9, 9), 1, 2, 3,
    ...area(3, 3, 7, 4), 0, ...area(40, 20, 5, 6), 1, ...area(8, 8, 2, 2), ...u16(4),
    ...u32(raw.length), ...u32(blob.length), ...blob, 0xff, 0xd8, 0xff, 0xd9,
  ]);
}

it.each([1, 2, 3])('shows or refuses streams with something wrong in them, seed %i', async (seed) => {
  const zstd = await Zstd.load(readFileSync(join(import.meta.dirname, '../../node_modules/.vdi/zstd.wasm')));
  const mutations = new Mutations(seed);
  let shown = 0;
  for (let round = 0; round < 400; round++) {
    const posts: FromDecoder[] = [];
    let largest = 0;
    const screen = new Screen({
      surface: { resize: () => undefined, paint: (picture) => { largest = Math.max(largest, picture.pixels.length); } },
      decode: (blob, length) => zstd.decode(blob, length),
      decodeImage: (image) => (image.jpeg.length === 4 ? Promise.resolve(new Uint8ClampedArray(image.width * image.height * 4)) : Promise.reject(new WireError('an image that is no JPEG'))),
      videos: { decode: () => Promise.resolve(undefined), clear: () => undefined },
      schedule: (paint) => { queueMicrotask(paint); },
      post: (message) => posts.push(message),
      now: () => 0,
    });
    screen.start(1, { width: 64, height: 32 });
    const wrong = mutations.next(4);
    for (let sequence = 1; sequence <= 4; sequence++) {
      const bytes = sequence - 1 === wrong ? mutations.some(frame(sequence)) : frame(sequence);
      try {
        screen.accept(1, bytes);
      } catch (error) {
        if (!(error instanceof WireError)) throw new Error(`seed ${seed}, round ${round}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
        break;
      }
      await new Promise((resolve) => { setTimeout(resolve); });
    }
    for (const post of posts) if (post.type === 'presented') shown++;
    // No size was said but the first.
    expect(largest).toBeLessThanOrEqual(64 * 32 * 4);
  }
  expect(shown).toBeGreaterThan(400);
});

it('gives no more memory to a blob than its frame says, whatever zstd claims', async () => {
  const zstd = await Zstd.load(readFileSync(join(import.meta.dirname, '../../node_modules/.vdi/zstd.wasm')));
  const mutations = new Mutations(7);
  const blob = rawZstd(Uint8Array.from({ length: 300 }, (_, i) => i & 255));
  for (let round = 0; round < 2_000; round++) {
    try {
      expect(zstd.decode(mutations.some(blob), 300)).toHaveLength(300);
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
  }
});

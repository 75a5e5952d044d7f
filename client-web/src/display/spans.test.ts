import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spanCoding, WireError } from '../wire/messages';
import type { Span } from '../wire/messages';
import { readServerMessage } from '../wire/reader';
import { decodeSpan } from './spans';
import { Zstd } from './zstd';

const zstd = await Zstd.load(readFileSync(join(import.meta.dirname, '../../node_modules/.vdi/zstd.wasm')));

function bytes(name: string): Uint8Array {
  const text = readFileSync(join(import.meta.dirname, `../../../tests/golden/${name}.hex`), 'utf8').replace(/\s+/g, '');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** The pixels of a golden frame's only span, as red, green, blue. */
function golden(name: string): number[][] {
  const message = readServerMessage(bytes(`wire/${name}`), { width: 1280, height: 800 });
  if (message.type !== 'frame' || !message.spans[0]) throw new Error(message.type);
  const span = { ...message.spans[0], x: 0, y: 0 };
  return decode(span, zstd.decode(message.blob, message.rawLength));
}

function decode(span: Span, raw: Uint8Array): number[][] {
  const words = new Uint32Array(span.width * span.height);
  expect(decodeSpan(span, raw, 0, words, span.width)).toBe(raw.length);
  return Array.from(words, (word) => {
    expect(word >>> 24).toBe(255);
    return [word & 255, (word >>> 8) & 255, (word >>> 16) & 255];
  });
}

it('reads the golden palette', () => {
  const [a, b, c] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];
  expect(golden('frame-palette')).toEqual([a, b, c, a, b, c, c, c, c, a]);
});

it('reads the golden prediction', () => {
  expect(golden('frame-predicted')).toEqual([[105, 100, 99], [115, 110, 109], [125, 120, 119], [135, 130, 129]]);
});

it.each([
  ['span-palette', { x: 0, y: 0, width: 21, height: 14, coding: spanCoding.palette }],
  ['span-predicted', { x: 0, y: 0, width: 13, height: 9, coding: spanCoding.predicted }],
])('reads the golden %s that the encoder made', (name, span) => {
  expect(decode(span, bytes(`encoding/${name}`)).flat()).toEqual(Array.from(bytes(`encoding/${name}-pixels`)));
});

it.each([1, 2, 3, 4, 5, 16, 17, 256])('reads a palette of %i colours', (count) => {
  const bits = count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8;
  const width = 11;
  const indices = Array.from({ length: width }, (_, x) => (x * 7) % count);
  const packed = new Uint8Array(Math.ceil((width * bits) / 8));
  indices.forEach((index, x) => { packed[(x * bits) >> 3]! |= index << (8 - bits - ((x * bits) & 7)); });
  const plane = Array.from({ length: count }, (_, i) => i);
  const raw = new Uint8Array([count - 1, ...plane, ...plane, ...plane, ...packed]);
  expect(decode({ x: 0, y: 0, width, height: 1, coding: spanCoding.palette }, raw)).toEqual(indices.map((i) => [i, i, i]));
});

it.each<[string, Span, number[]]>([
  ['an empty blob', { x: 0, y: 0, width: 1, height: 1, coding: spanCoding.palette }, []],
  ['a palette cut short', { x: 0, y: 0, width: 1, height: 1, coding: spanCoding.palette }, [1, 0, 0]],
  ['a palette without indices', { x: 0, y: 0, width: 9, height: 2, coding: spanCoding.palette }, [0, 1, 2, 3, 0, 0]],
  ['a prediction cut short', { x: 0, y: 0, width: 2, height: 2, coding: spanCoding.predicted }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
])('refuses %s', (_, span, raw) => expect(() => decodeSpan(span, new Uint8Array(raw), 0, new Uint32Array(64), 9)).toThrow(WireError));

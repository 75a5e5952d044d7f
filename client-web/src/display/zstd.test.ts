import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WireError } from '../wire/messages';
import { rawZstd } from './testing';
import { Zstd } from './zstd';

// vite.config.ts writes this file; the worker gets the same one by its address.
const zstd = await Zstd.load(readFileSync(join(import.meta.dirname, '../../node_modules/.vdi/zstd.wasm')));

it('decodes what was encoded', () => {
  const raw = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
  expect(zstd.decode(rawZstd(raw), 1000)).toEqual(raw);
});

it('refuses another length and other bytes', () => {
  const blob = rawZstd(new Uint8Array(100));
  expect(() => zstd.decode(blob, 99)).toThrow(WireError);
  expect(() => zstd.decode(blob, 101)).toThrow(WireError);
  expect(() => zstd.decode(new Uint8Array([1, 2, 3]), 4)).toThrow(WireError);
  expect(() => zstd.decode(new Uint8Array(), 4)).toThrow(WireError);
});

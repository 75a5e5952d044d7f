import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WireError } from '../wire/messages';
import { readServerMessage } from '../wire/reader';
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

const golden = join(import.meta.dirname, '../../../tests/golden/wire/frame-span.hex');
it.runIf(existsSync(golden))('decodes the golden span', () => {
  const bytes = new Uint8Array(Buffer.from(readFileSync(golden, 'utf8').replace(/\s+/g, ''), 'hex'));
  const message = readServerMessage(bytes, { width: 1280, height: 800 });
  if (message.type !== 'frame') throw new Error(message.type);
  expect([...zstd.decode(message.blob, message.rawLength)]).toEqual([0, 1, 2, 255, 4, 5, 6, 255, 8, 9, 10, 255, 12, 13, 14, 255]);
});

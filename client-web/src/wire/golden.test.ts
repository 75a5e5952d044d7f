import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServerMessage } from './messages';
import { readServerMessage } from './reader';
import { ack, hello, key, pointer, refresh, releaseAll, wheel } from './writer';

// The C# side writes these files; both sides must agree on every byte. An empty folder means that they are not there yet.
const folder = join(import.meta.dirname, '../../../tests/golden/wire');
const present = existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.hex'));

function golden(name: string): Uint8Array {
  const text = readFileSync(join(folder, `${name}.hex`), 'utf8').replace(/\s+/g, '');
  expect(text).toMatch(/^([0-9a-f]{2})+$/i);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

const count = (length: number) => Uint8Array.from({ length }, (_, i) => i);

describe.runIf(present)('golden wire files', () => {
  it.each<[string, Uint8Array]>([
    ['hello', hello(1, count(32))],
    ['ack', ack(7, 12, 1)],
    ['key', key(true, 0x1e)],
    ['pointer', pointer(640, 400, 5)],
    ['wheel', wheel(-1, 3)],
    ['release-all', releaseAll()],
    ['refresh', refresh()],
  ])('%s is what we write', (name, bytes) => expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(golden(name)).toString('hex')));

  const frame = { type: 'frame', first: true, last: true } as const;
  it.each<[string, ServerMessage]>([
    ['welcome', { type: 'welcome', width: 1280, height: 800, rights: 3, secret: new Uint8Array(32).fill(0xaa), name: 'Desktops 데스크톱' }],
    ['size', { type: 'size', width: 1920, height: 1080 }],
    ['cursor', { type: 'cursor', width: 2, height: 2, hotX: 1, hotY: 0, pixels: count(16) }],
    ['bye', { type: 'bye', reason: 1, text: 'moved' }],
    ['frame-fill', {
      ...frame, sequence: 5, complete: true, spans: [], rawLength: 0, blob: new Uint8Array(),
      fills: [{ x: 10, y: 20, width: 30, height: 40, red: 1, green: 2, blue: 3 }],
    }],
  ])('%s reads as agreed', (name, message) => expect(readServerMessage(golden(name), { width: 1280, height: 800 })).toEqual(message));

  it('frame-span reads as agreed', () => {
    const message = readServerMessage(golden('frame-span'), { width: 1280, height: 800 });
    expect(message).toMatchObject({ ...frame, sequence: 6, complete: false, fills: [], spans: [{ x: 1, y: 2, width: 2, height: 2 }], rawLength: 16 });
  });
});

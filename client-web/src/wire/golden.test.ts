import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServerMessage } from './messages';
import { readServerMessage } from './reader';
import { able, ack, hello, key, ping, pointer, pointerMotion, prefer, refresh, releaseAll, wantedSize, wheel } from './writer';

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
    ['pointer-motion', pointerMotion(-300, 2, 1)],
    ['wheel', wheel(-1, 3)],
    ['release-all', releaseAll()],
    ['refresh', refresh()],
    ['quality', prefer('saving')],
    ['ping', ping(0x01020304)],
    ['abilities', able(1)],
    ['wanted-size', wantedSize(1366, 768)],
  ])('%s is what we write', (name, bytes) => expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(golden(name)).toString('hex')));

  const frame = { type: 'frame', first: true, last: true, exact: false } as const;
  it.each<[string, ServerMessage]>([
    ['welcome', { type: 'welcome', width: 1280, height: 800, rights: 3, secret: new Uint8Array(32).fill(0xaa), name: 'Desktops 데스크톱' }],
    ['size', { type: 'size', width: 1920, height: 1080 }],
    ['cursor', { type: 'cursor', width: 2, height: 2, hotX: 1, hotY: 0, pixels: count(16) }],
    ['bye', { type: 'bye', reason: 1, text: 'moved' }],
    ['pong', { type: 'pong', token: 0x01020304 }],
    ['clipboard', { type: 'clipboard', kind: 2, total: 70_000, offset: 65_536, bytes: count(8) }],
    ['video', { ...frame, type: 'video', sequence: 10, complete: false, streamId: 3, key: true, whole: true, x: 16, y: 32, width: 128, height: 96, bytes: new Uint8Array([0, 0, 0, 1, 0x67]) }],
    ['notice', { type: 'notice', kind: 2, seconds: 120, text: '곧 연결이 끊어집니다' }],
    ['frame-fill', {
      ...frame, sequence: 5, complete: true, moves: [], spans: [], images: [], rawLength: 0, blob: new Uint8Array(),
      fills: [{ x: 10, y: 20, width: 30, height: 40, red: 1, green: 2, blue: 3 }],
    }],
    ['frame-move', {
      ...frame, sequence: 6, complete: false, fills: [], spans: [], images: [], rawLength: 0, blob: new Uint8Array(),
      moves: [{ x: 0, y: 100, width: 800, height: 500, fromX: 0, fromY: 200 }, { x: 5, y: 6, width: 7, height: 8, fromX: 9, fromY: 10 }],
    }],
    ['frame-image', {
      ...frame, sequence: 9, complete: false, moves: [], fills: [], spans: [], rawLength: 0, blob: new Uint8Array(),
      images: [{ x: 16, y: 32, width: 8, height: 8, jpeg: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]) }],
    }],
  ])('%s reads as agreed', (name, message) => expect(readServerMessage(golden(name), { width: 1280, height: 800 })).toEqual(message));

  it.each<[string, Partial<ServerMessage>]>([
    ['frame-palette', { ...frame, sequence: 7, spans: [{ x: 1, y: 2, width: 5, height: 2, coding: 0 }], rawLength: 14 }],
    ['frame-predicted', { ...frame, sequence: 8, spans: [{ x: 1, y: 2, width: 2, height: 2, coding: 1 }], rawLength: 12 }],
  ])('%s reads as agreed', (name, message) => expect(readServerMessage(golden(name), { width: 1280, height: 800 })).toMatchObject(message));
});

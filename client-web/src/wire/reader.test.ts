import { describe, expect, it } from 'vitest';
import { noticeKind, WireError } from './messages';
import { readServerMessage, readWelcome } from './reader';

const screen = { width: 1280, height: 800 };
const read = (...bytes: number[]) => readServerMessage(new Uint8Array(bytes), screen);
const secret = Array.from({ length: 32 }, () => 0xaa);
const none = [0, 0, 0, 0, 0, 0, 0, 0];
const span = [1, 0, 2, 0, 1, 0, 1, 0, 0];

describe('readServerMessage', () => {
  it('reads Welcome', () => {
    const welcome = readWelcome(new Uint8Array([0, 1, 0x00, 0x05, 0x20, 0x03, 3, ...secret, 3, 0, 0xed, 0x95, 0x9c]));
    expect(welcome).toEqual({ type: 'welcome', width: 1280, height: 800, rights: 3, secret: new Uint8Array(secret), name: '한' });
  });

  it('reads a Frame with a fill and a span', () => {
    const frame = read(1, 5, 0, 0, 0, 7, 0, 0, 1, 0, 1, 0, 0, 0, 10, 0, 20, 0, 30, 0, 40, 0, 1, 2, 3, ...span, 4, 0, 0, 0, 2, 0, 0, 0, 9, 8);
    expect(frame).toEqual({
      type: 'frame', sequence: 5, first: true, last: true, complete: true, exact: false,
      fills: [{ x: 10, y: 20, width: 30, height: 40, red: 1, green: 2, blue: 3 }],
      moves: [], images: [], spans: [{ x: 1, y: 2, width: 1, height: 1, coding: 0 }], rawLength: 4, blob: new Uint8Array([9, 8]),
    });
  });

  it('reads Size, Cursor and Bye', () => {
    expect(read(2, 0x80, 0x07, 0x38, 0x04)).toEqual({ type: 'size', width: 1920, height: 1080 });
    expect(read(3, 1, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4)).toEqual({ type: 'cursor', width: 1, height: 1, hotX: 0, hotY: 0, pixels: new Uint8Array([1, 2, 3, 4]) });
    expect(read(3, 0, 0, 0, 0, 0, 0, 0, 0)).toMatchObject({ width: 0, height: 0 });
    expect(read(4, 1, 2, 0, 0x68, 0x69)).toEqual({ type: 'bye', reason: 1, text: 'hi' });
  });

  it('reads a Notice of every kind', () => {
    for (const kind of Object.values(noticeKind)) expect(read(7, kind, 1, 0, 0, 0, 2, 0, 0x68, 0x69)).toEqual({ type: 'notice', kind, seconds: 1, text: 'hi' });
  });

  it.each<[string, number[]]>([
    ['nothing', []],
    ['an unknown type', [9]],
    ['a client message', [0x86]],
    ['another version', [0, 2, 0, 0, 0, 0, 3, ...secret, 0, 0]],
    ['half a Size', [2, 1, 0, 1]],
    ['a byte too many', [2, 1, 0, 1, 0, 0]],
    ['an empty screen', [2, 0, 0, 1, 0]],
    ['a screen too large', [2, 1, 0x20, 1, 0]],
    ['frame 0', [1, 0, 0, 0, 0, 7, ...none, ...none, 0, 0, 0, 0]],
    ['an unknown flag', [1, 1, 0, 0, 0, 16, ...none, ...none, 0, 0, 0, 0]],
    ['pixels without spans', [1, 1, 0, 0, 0, 7, ...none, 5, 0, 0, 0, 0, 0, 0, 0]],
    ['spans without pixels', [1, 1, 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 0, 0, ...span, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a blob without spans', [1, 1, 0, 0, 0, 7, ...none, 0, 0, 0, 0, 1, 0, 0, 0, 9]],
    ['a span outside the screen', [1, 1, 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 1, 0, 1, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 9]],
    ['a span of an unknown coding', [1, 1, 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 1, 0, 1, 0, 2, 4, 0, 0, 0, 1, 0, 0, 0, 9]],
    ['a move from outside the screen', [1, 1, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0xff, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['1025 moves', [1, 1, 0, 0, 0, 7, 1, 4, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 12 * 1025 }, () => 0), 0, 0, 0, 0, 0, 0, 0, 0]],
    ['an image that is not there', [1, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 0, ...span.slice(0, 8), 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['65535 fills that are not there', [1, 1, 0, 0, 0, 7, 0, 0, 255, 255, 0, 0, 0, 0, ...none]],
    ['a cursor too large', [3, 97, 0, 1, 0, 0, 0, 0, 0]],
    ['Bye for no reason', [4, 0, 0, 0]],
    ['broken UTF-8', [4, 1, 1, 0, 0xff]],
  ])('refuses %s', (_, bytes) => expect(() => read(...bytes)).toThrow(WireError));

  it('refuses raw pixels of more than 1 MiB', () => {
    const bytes = [1, 1, 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 0, 0, ...span, 1, 0, 0x10, 0, 1, 0, 0, 0, 9];
    expect(() => read(...bytes)).toThrow(/rawLength/);
  });
});

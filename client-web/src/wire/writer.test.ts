import { expect, it } from 'vitest';
import { WireError } from './messages';
import { ack, hello, key, pointer, pointerMotion, refresh, releaseAll, wantedSize, wheel } from './writer';

it('writes each message byte for byte', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect([...hello(1, secret)]).toEqual([0x80, 1, 1, ...secret]);
  expect([...ack(7, 12, 1)]).toEqual([0x81, 7, 0, 0, 0, 12, 0, 1]);
  expect([...key(true, 0x1e)]).toEqual([0x82, 1, 0x1e, 0]);
  expect([...pointer(640, 400, 5)]).toEqual([0x83, 0x80, 0x02, 0x90, 0x01, 5]);
  expect([...pointerMotion(-2, 300, 1)]).toEqual([0x8a, 0xfe, 0xff, 0x2c, 0x01, 1]);
  expect([...wheel(-1, 3)]).toEqual([0x84, 0xff, 3]);
  expect([...releaseAll()]).toEqual([0x85]);
  expect([...refresh()]).toEqual([0x86]);
});

it('saturates the hints of Ack', () => {
  expect([...ack(1, 1e9, 1000)]).toEqual([0x81, 1, 0, 0, 0, 255, 255, 255]);
});

it('refuses numbers out of range', () => {
  expect(() => hello(1, new Uint8Array(31))).toThrow(WireError);
  expect(() => key(true, 0)).toThrow(WireError);
  expect(() => key(true, 256)).toThrow(WireError);
  expect(() => pointer(-1, 0, 0)).toThrow(WireError);
  expect(() => pointer(0.5, 0, 0)).toThrow(WireError);
  expect(() => pointerMotion(32768, 0, 0)).toThrow(WireError);
  expect(() => pointerMotion(0, 0.5, 0)).toThrow(WireError);
  expect(() => wheel(17, 0)).toThrow(WireError);
  expect(() => wantedSize(199, 768)).toThrow(WireError);
  expect(() => wantedSize(1366, 8193)).toThrow(WireError);
});

import { beforeEach, expect, it } from 'vitest';
import { InputStream } from './stream';

let sent: number[][];
let repaint: (() => void)[];
let stream: InputStream;
beforeEach(() => {
  sent = [];
  repaint = [];
  stream = new InputStream((bytes) => sent.push([...bytes]), (callback) => repaint.push(callback));
});

it('sends the last of many motions once a repaint', () => {
  for (let x = 1; x <= 5; x++) stream.pointer(x, 0, 0);
  expect(sent).toEqual([]);
  repaint.forEach((each) => each());
  expect(sent).toEqual([[0x83, 5, 0, 0, 0, 0]]);
});

it('sends button changes at once, after the motion before them', () => {
  stream.pointer(1, 0, 0);
  stream.pointer(2, 0, 1);
  expect(sent).toEqual([[0x83, 1, 0, 0, 0, 0], [0x83, 2, 0, 0, 0, 1]]);
});

it('keeps the order of motion, keys and wheel', () => {
  stream.pointer(1, 0, 0);
  stream.key(true, 0x1e);
  stream.pointer(2, 0, 0);
  stream.wheel(0, 99);
  expect(sent).toEqual([[0x83, 1, 0, 0, 0, 0], [0x82, 1, 0x1e, 0], [0x83, 2, 0, 0, 0, 0], [0x84, 0, 16]]);
});

it('forgets buttons when everything is released', () => {
  stream.pointer(1, 0, 1);
  stream.releaseAll();
  expect(stream.buttons).toBe(0);
  expect(sent.at(-1)).toEqual([0x85]);
});

import { beforeEach, expect, it } from 'vitest';
import { InputStream } from './stream';

let sent: number[][];
let repaint: (() => void)[];
let gone: number[][];
let stream: InputStream;
beforeEach(() => {
  sent = [];
  repaint = [];
  gone = [];
  stream = new InputStream((bytes) => sent.push([...bytes]), (callback) => repaint.push(callback), (dx, dy) => gone.push([dx, dy]));
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

it('sends how far a captured mouse went once a repaint, and keeps the fractions', () => {
  for (let i = 0; i < 5; i++) stream.motion(0.5, -1.25, 0);
  expect(sent).toEqual([]);
  repaint.splice(0).forEach((each) => each());
  stream.motion(0.5, -0.75, 0);
  repaint.splice(0).forEach((each) => each());
  expect(sent).toEqual([[0x8a, 2, 0, 0xfa, 0xff, 0], [0x8a, 1, 0, 0xff, 0xff, 0]]);
  expect(gone).toEqual([[2, -6], [1, -1]]);
});

it('sends a captured click behind the way to it, and places behind the way before them', () => {
  stream.pointer(9, 9, 0);
  stream.motion(3, 0, 0);
  stream.motion(1, 0, 1);
  stream.motion(0, 2, 1);
  stream.pointer(5, 6, 1);
  stream.flush();
  expect(sent).toEqual([
    [0x83, 9, 0, 9, 0, 0], [0x8a, 4, 0, 0, 0, 0], [0x8a, 0, 0, 0, 0, 1], [0x8a, 0, 0, 2, 0, 1], [0x83, 5, 0, 6, 0, 1],
  ]);
});

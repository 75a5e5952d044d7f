import { expect, it } from 'vitest';
import { WireError } from './messages';
import type { Frame } from './messages';
import { FrameOrder } from './order';

const part = (sequence: number, first: boolean, last: boolean): Frame =>
  ({ type: 'frame', sequence, first, last, complete: false, exact: false, moves: [], fills: [], spans: [], images: [], rawLength: 0, blob: new Uint8Array() });

it('accepts whole frames and frames in parts', () => {
  const order = new FrameOrder();
  for (const each of [part(1, true, true), part(2, true, false), part(2, false, false), part(2, false, true), part(3, true, true)]) order.accept(each);
});

it.each([
  ['a stream that does not start at 1', [part(2, true, true)]],
  ['a gap', [part(1, true, true), part(3, true, true)]],
  ['a repeated frame', [part(1, true, true), part(1, true, true)]],
  ['a part without a beginning', [part(1, false, true)]],
  ['a frame inside a frame', [part(1, true, false), part(2, true, true)]],
  ['a part of another frame', [part(1, true, false), part(2, false, true)]],
])('refuses %s', (_, parts) => {
  const order = new FrameOrder();
  expect(() => parts.forEach((each) => order.accept(each))).toThrow(WireError);
});

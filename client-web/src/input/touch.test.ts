import { beforeEach, expect, it } from 'vitest';
import { Touch } from './touch';

let seen: string[];
let timers: Map<number, () => void>;
let touch: Touch;
beforeEach(() => {
  seen = [];
  timers = new Map();
  touch = new Touch(
    { pointer: (x, y, buttons) => seen.push(`${x},${y},${buttons}`), scroll: (dx, dy) => seen.push(`scroll ${dx},${dy}`) },
    { set: (callback) => { timers.set(timers.size + 1, callback); return timers.size; }, clear: (id) => timers.delete(id) },
  );
});
const at = (id: number, x: number, y: number) => ({ id, x, y });

it('taps as a click', () => {
  touch.down(at(1, 5, 5));
  touch.move(at(1, 7, 5));
  touch.up(at(1, 7, 5));
  expect(seen).toEqual(['5,5,0', '5,5,1', '5,5,0']);
  expect(timers.size).toBe(0);
});

it('presses long as a right click, once', () => {
  touch.down(at(1, 5, 5));
  timers.forEach((each) => each());
  touch.up(at(1, 5, 5));
  expect(seen).toEqual(['5,5,0', '5,5,4', '5,5,0']);
});

it('drags with one finger', () => {
  touch.down(at(1, 0, 0));
  touch.move(at(1, 20, 0));
  touch.up(at(1, 30, 0));
  expect(seen).toEqual(['0,0,0', '0,0,1', '20,0,1', '30,0,0']);
});

it('scrolls with two fingers and clicks nothing', () => {
  touch.down(at(1, 0, 0));
  touch.down(at(2, 50, 0));
  touch.move(at(1, 0, 10));
  touch.move(at(2, 50, 10));
  touch.up(at(1, 0, 10));
  touch.up(at(2, 50, 10));
  expect(seen).toEqual(['0,0,0', 'scroll 0,5', 'scroll 0,5']);
});

import { expect, it } from 'vitest';
import { after, neighbour } from './Toolbar';

it('goes round the tools with the arrows, to the ends with Home and End, and nowhere else', () => {
  expect(['ArrowRight', 'ArrowLeft', 'Home', 'End', 'a'].map((key) => neighbour(key, 0, 5))).toEqual([1, 4, 0, 4, undefined]);
  expect(neighbour('ArrowRight', 4, 5)).toBe(0);
  // The focus is elsewhere, on the handle say.
  expect(neighbour('ArrowRight', -1, 5)).toBeUndefined();
});

it('comes from the last choice back to the first', () => {
  expect(['a', 'b', 'c'].map((each) => after(['a', 'b', 'c'], each))).toEqual(['b', 'c', 'a']);
});

import { expect, it } from 'vitest';
import { forest } from './forest';

const rows = (...items: [string, string | null][]) => forest(items, ([id]) => id, ([, parent]) => parent).map(({ item, depth, last }) => `${'-'.repeat(depth)}${item[0]}${last ? '.' : ''}`);

it('hangs things below what they came from, in their given order', () => {
  expect(rows(['e', 'a'], ['d', 'c'], ['c', 'a'], ['b', null], ['a', null])).toEqual(['b', 'a.', '-e', '-c.', '--d.']);
});

it('sets at the root what came from something that is gone', () => {
  expect(rows(['b', 'gone'], ['c', 'b'])).toEqual(['b.', '-c.']);
});

it('loses nothing to a circle', () => {
  expect(rows(['a', 'b'], ['b', 'a'], ['c', 'c'], ['d', 'a'])).toEqual(['a', 'b', 'c', 'd.']);
});

it('has nothing for nothing', () => expect(rows()).toEqual([]));

import { expect, it } from 'vitest';
import { monitorOf, secondMonitor } from './monitor';

it('knows the second monitor by its address, and takes all else for the first', () => {
  expect(['monitor=2', '?monitor=2&x=1', '', 'monitor=1', 'monitor=3', 'monitor=2x', 'monitor=', 'screen=2'].map(monitorOf)).toEqual([2, 2, 1, 1, 1, 1, 1, 1]);
  expect(monitorOf(new URL(secondMonitor('a/b'), 'http://x').search)).toBe(2);
  expect(new URL(secondMonitor('a/b'), 'http://x').pathname).toBe('/desktop/a%2Fb');
});

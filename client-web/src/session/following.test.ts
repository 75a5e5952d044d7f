import { expect, it } from 'vitest';
import { usual, wantedSize } from './following';

it('asks for every device pixel, or for the larger pixels of CSS', () => {
  const window = { width: 1280.4, height: 719.6 };
  expect(wantedSize(window, 1, 'device')).toEqual({ width: 1280, height: 720 });
  expect(wantedSize(window, 2, 'device')).toEqual({ width: 2561, height: 1439 });
  expect(wantedSize(window, 2, 'css')).toEqual({ width: 1280, height: 720 });
});

it('asks for nothing where the desktop keeps its size or there is no window', () => {
  expect(wantedSize({ width: 1280, height: 720 }, 1, 'off')).toBeUndefined();
  expect(wantedSize({ width: 0, height: 720 }, 1, 'device')).toBeUndefined();
});

it('asks for no less than a desktop needs and no more than there can be', () => {
  expect(wantedSize({ width: 300, height: 200 }, 1, 'css')).toEqual({ width: 640, height: 400 });
  expect(wantedSize({ width: 5000, height: 3000 }, 3, 'device')).toEqual({ width: 8192, height: 8192 });
});

it('leaves phones alone and keeps text readable on dense screens', () => {
  expect(usual(1, true)).toBe('device');
  expect(usual(1.25, true)).toBe('device');
  expect(usual(2, true)).toBe('css');
  expect(usual(3, false)).toBe('off');
});

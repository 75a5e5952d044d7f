import { expect, it } from 'vitest';
import { Rate } from './rate';

it('is what came within the last seconds', () => {
  const rate = new Rate();
  rate.at(0, 0);
  expect(rate.bytesPerSecond).toBeUndefined();
  rate.at(100, 1_000);
  expect(rate.bytesPerSecond).toBe(100);
  for (let second = 2; second <= 20; second++) rate.at(100 + (second - 1) * 1_000, second * 1_000);
  expect(rate.bytesPerSecond).toBe(1_000);
  rate.forget();
  expect(rate.bytesPerSecond).toBeUndefined();
});

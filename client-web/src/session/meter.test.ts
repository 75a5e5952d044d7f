import { expect, it } from 'vitest';
import { Meter } from './meter';

it('counts frames and bits of the last two seconds', () => {
  const meter = new Meter();
  for (let at = 0; at < 4_000; at += 100) meter.presented(1_000, true, at);
  expect(meter.at(3_950)).toEqual({ roundTripMs: undefined, framesPerSecond: 10, bitsPerSecond: 80_000, exact: true });
  expect(meter.at(9_000)).toMatchObject({ framesPerSecond: 0, bitsPerSecond: 0 });
});

it('says whether the newest frame left everything exact', () => {
  const meter = new Meter();
  meter.presented(1, false, 0);
  expect(meter.at(1).exact).toBe(false);
  meter.presented(1, true, 2);
  expect(meter.at(3).exact).toBe(true);
});

it('measures the round trip, one question at a time', () => {
  const meter = new Meter();
  const token = meter.ask(100)!;
  expect(meter.ask(150)).toBeUndefined();
  meter.answered(token + 1, 160);
  expect(meter.at(160).roundTripMs).toBe(50);
  meter.answered(token, 180);
  expect(meter.at(180).roundTripMs).toBe(80);
  expect(meter.ask(200)).toBe(token + 1);
  meter.restart();
  expect(meter.at(210).roundTripMs).toBeUndefined();
  expect(meter.ask(220)).toBe(token + 2);
});

import { describe, expect, it } from 'vitest';
import { wireButtons } from './attach';
import { fit, toScreen } from './fit';
import { typed } from './typed';
import { WheelNotches } from './wheel';

describe('fit', () => {
  it('keeps the aspect and says when no smoothing is wanted', () => {
    expect(fit({ width: 1280, height: 800 }, { width: 2560, height: 2000 }, 'fit', 1)).toEqual({ scale: 2, width: 2560, height: 1600, crisp: true });
    expect(fit({ width: 1280, height: 800 }, { width: 640, height: 800 }, 'fit', 1)).toMatchObject({ scale: 0.5, crisp: false });
    expect(fit({ width: 1280, height: 800 }, { width: 640, height: 400 }, 'fit', 2)).toMatchObject({ scale: 0.5, crisp: true });
    expect(fit({ width: 1280, height: 800 }, { width: 100, height: 100 }, 'actual', 2)).toMatchObject({ width: 640, height: 400, crisp: true });
  });

  it('maps places on the page to framebuffer pixels', () => {
    const box = { left: 100, top: 50, width: 640, height: 400 };
    const screen = { width: 1280, height: 800 };
    expect(toScreen({ x: 100, y: 50 }, box, screen)).toEqual({ x: 0, y: 0 });
    expect(toScreen({ x: 420, y: 250 }, box, screen)).toEqual({ x: 640, y: 400 });
    expect(toScreen({ x: 5000, y: -3 }, box, screen)).toEqual({ x: 1279, y: 0 });
  });
});

it('wireButtons puts middle before right', () => expect([1, 2, 4, 8, 16, 3].map(wireButtons)).toEqual([1, 4, 2, 8, 16, 5]));

describe('WheelNotches', () => {
  it('gives whole notches at once and adds small turns up', () => {
    const wheel = new WheelNotches();
    expect(wheel.add({ deltaX: 0, deltaY: 100, deltaMode: 0 })).toEqual({ dx: 0, dy: 1 });
    expect(wheel.add({ deltaX: 0, deltaY: -3, deltaMode: 1 })).toEqual({ dx: 0, dy: -1 });
    expect([40, 40, 40].map((deltaY) => wheel.add({ deltaX: 0, deltaY, deltaMode: 0 }).dy)).toEqual([0, 0, 1]);
  });

  it('starts anew in the other direction', () => {
    const wheel = new WheelNotches();
    wheel.add({ deltaX: 0, deltaY: 90, deltaMode: 0 });
    expect(wheel.add({ deltaX: 0, deltaY: -100, deltaMode: 0 }).dy).toBe(-1);
  });
});

it('typed finds what the on-screen keyboard changed', () => {
  expect(typed('___', '___ab')).toEqual({ deleted: 0, text: 'ab' });
  expect(typed('___', '__')).toEqual({ deleted: 1, text: '' });
  expect(typed('___teh', '___the')).toEqual({ deleted: 2, text: 'he' });
});

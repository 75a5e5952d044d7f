import { describe, expect, it } from 'vitest';
import { wireButtons } from './attach';
import { fit, toScreen } from './fit';
import { Composing, filler, typed } from './typed';
import { WheelNotches } from './wheel';

describe('fit', () => {
  const screen = { width: 1280, height: 800 };

  it('keeps the aspect and says when no smoothing is wanted', () => {
    expect(fit(screen, { width: 2560, height: 2000 }, 'fit', 1, 'smooth')).toEqual({ scale: 2, width: 2560, height: 1600, left: 0, top: 200, crisp: true });
    expect(fit(screen, { width: 640, height: 800 }, 'fit', 1, 'smooth')).toMatchObject({ scale: 0.5, crisp: false });
    expect(fit(screen, { width: 640, height: 400 }, 'fit', 2, 'smooth')).toMatchObject({ scale: 0.5, crisp: true });
    expect(fit(screen, { width: 100, height: 100 }, 'actual', 2, 'smooth')).toMatchObject({ width: 640, height: 400, left: 0, top: 0, crisp: true });
  });

  it('takes the largest whole multiple of device pixels that fits, and centres it on device pixels', () => {
    expect(fit(screen, { width: 2000, height: 1500 }, 'fit', 1, 'smooth')).toMatchObject({ scale: 1.5625, crisp: false });
    expect(fit(screen, { width: 2001, height: 1500 }, 'fit', 1, 'whole')).toEqual({ scale: 1, width: 1280, height: 800, left: 360, top: 350, crisp: true });
    // 1.5 device pixels a CSS pixel: three of them for each of the guest's.
    const odd = fit({ width: 640, height: 400 }, { width: 1367, height: 900 }, 'fit', 1.5, 'whole');
    expect(odd).toMatchObject({ scale: 2, width: 1280, height: 800, crisp: true });
    expect(odd.left * 1.5).toBe(65);
    expect(odd.left).toBeLessThanOrEqual((1367 - 1280) / 2);
  });

  it('counts what a browser rounded away as whole', () => {
    expect(fit(screen, { width: 1279.9995, height: 900 }, 'fit', 1, 'whole')).toMatchObject({ scale: 1, crisp: true });
  });

  it('makes a screen smoothly smaller that has no whole multiple in the window', () => {
    expect(fit(screen, { width: 640, height: 400 }, 'fit', 1, 'whole')).toMatchObject({ scale: 0.5, crisp: false });
  });

  it.each(['smooth', 'whole'] as const)('puts a %s picture where the pointer finds its pixels', (scaling) => {
    for (const ratio of [1, 1.25, 1.5, 2, 3]) {
      const window = { width: 1531, height: 947 };
      const small = { width: 640, height: 400 };
      const { left, top, width, height, scale } = fit(small, window, 'fit', ratio, scaling);
      const box = { left, top, width, height };
      expect(left + width).toBeLessThanOrEqual(window.width + 0.001);
      expect(top + height).toBeLessThanOrEqual(window.height + 0.001);
      for (const [x, y] of [[0, 0], [17, 333], [639, 399]] as const) {
        expect(toScreen({ x: left + (x + 0.5) * scale, y: top + (y + 0.5) * scale }, box, small)).toEqual({ x, y });
      }
    }
  });

  it('maps places on the page to framebuffer pixels', () => {
    const box = { left: 100, top: 50, width: 640, height: 400 };
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

it('composing holds back what no key gives until it is composed, and nothing else', () => {
  const composing = new Composing((text) => /^[ -~]*$/.test(text));
  const nothing = { deleted: 0, text: '' };
  expect(['ㅎ', '하', '한'].map((word) => composing.change(filler + word, true))).toEqual([nothing, nothing, nothing]);
  expect(composing.holds(`${filler}한`)).toBe(true);
  expect(composing.change(`${filler}한`, false)).toEqual({ deleted: 0, text: '한' });
  composing.reset();
  expect(composing.change(`${filler}t`, true)).toEqual({ deleted: 0, text: 't' });
  expect(composing.change(`${filler}te`, true)).toEqual({ deleted: 0, text: 'e' });
  expect(composing.change(`${filler}the `, false)).toEqual({ deleted: 1, text: 'he ' });
  composing.reset();
  expect(composing.change(filler.slice(1), false)).toEqual({ deleted: 1, text: '' });
});

it('typed finds what the on-screen keyboard changed', () => {
  expect(typed('___', '___ab')).toEqual({ deleted: 0, text: 'ab' });
  expect(typed('___', '__')).toEqual({ deleted: 1, text: '' });
  expect(typed('___teh', '___the')).toEqual({ deleted: 2, text: 'he' });
});

import { wantedLimits } from '../wire/messages';
import type { Extent } from '../wire/messages';
import { chosen, keep } from './choice';

/** Whether the guest's screen gets the window's size: pixel for pixel, in CSS pixels, which are larger on dense screens, or not at all. */
export type Following = 'device' | 'css' | 'off';

const key = 'vdi:following';
export const followings: readonly Following[] = ['device', 'css', 'off'];

/** Desktops are not made for less. */
const least: Extent = { width: 640, height: 400 };
/** From here on text of a desktop that fills every pixel is hard to read. */
const dense = 1.5;

/** By default a dense screen gets a desktop that one can read, and a phone the desktop as it is, to move about in. */
export const chosenFollowing = (): Following => chosen(key, followings, usual(window.devicePixelRatio, matchMedia('(any-pointer: fine)').matches));
export const keepFollowing = (wanted: Following): void => keep(key, wanted);

export const usual = (devicePixelRatio: number, fine: boolean): Following => (!fine ? 'off' : devicePixelRatio < dense ? 'device' : 'css');

/** The size in pixels that a guest should have for a `window` in CSS pixels; undefined where it keeps its own. */
export function wantedSize(window: Extent, devicePixelRatio: number, following: Following): Extent | undefined {
  if (following === 'off' || window.width <= 0 || window.height <= 0) return undefined;
  const scale = following === 'device' ? devicePixelRatio : 1;
  const side = (length: number, minimum: number): number => Math.min(wantedLimits.most, Math.max(minimum, Math.round(length * scale)));
  return { width: side(window.width, least.width), height: side(window.height, least.height) };
}

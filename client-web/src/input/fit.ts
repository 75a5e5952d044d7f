import type { Extent } from '../wire/messages';

export type ScaleMode = 'fit' | 'actual';

export interface Fit {
  /** CSS pixels for a framebuffer pixel. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  /** Each framebuffer pixel covers a whole number of device pixels: no smoothing wanted. */
  readonly crisp: boolean;
}

/** The CSS size of a `screen` within a `window` of CSS pixels; `actual` is one device pixel each. */
export function fit(screen: Extent, window: Extent, mode: ScaleMode, devicePixelRatio: number): Fit {
  const scale = mode === 'actual' ? 1 / devicePixelRatio : Math.min(window.width / screen.width, window.height / screen.height);
  const devicePixels = scale * devicePixelRatio;
  const crisp = devicePixels >= 0.999 && Math.abs(devicePixels - Math.round(devicePixels)) < 0.001;
  return { scale, width: screen.width * scale, height: screen.height * scale, crisp };
}

/** A place on the page in framebuffer pixels, clamped to the screen. `box` is where the canvas is. */
export function toScreen(client: { readonly x: number; readonly y: number }, box: Extent & { readonly left: number; readonly top: number }, screen: Extent): { readonly x: number; readonly y: number } {
  const map = (at: number, start: number, length: number, pixels: number): number =>
    Math.max(0, Math.min(pixels - 1, Math.floor(((at - start) / length) * pixels)));
  if (box.width <= 0 || box.height <= 0 || screen.width === 0) return { x: 0, y: 0 };
  return { x: map(client.x, box.left, box.width, screen.width), y: map(client.y, box.top, box.height, screen.height) };
}

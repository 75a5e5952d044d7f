import type { Extent } from '../wire/messages';

export type ScaleMode = 'fit' | 'actual';

/** Where a picture that fits the window does not map to whole device pixels: fill the window, or keep every pixel the same size. */
export type Scaling = 'smooth' | 'whole';

export interface Fit {
  /** CSS pixels for a framebuffer pixel. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  /** CSS pixels from the window's corner to the picture's: centred, on whole device pixels. */
  readonly left: number;
  readonly top: number;
  /** Each framebuffer pixel covers a whole number of device pixels: no smoothing wanted. */
  readonly crisp: boolean;
}

/** How far from a whole number a factor may be and still count as one: sums of CSS pixels are not exact. */
const slack = 0.001;

/**
 * The CSS size and place of a `screen` within a `window` of CSS pixels; `actual` is one device pixel each. `whole` takes the largest whole
 * multiple that fits; a screen that is larger than the window has none, and is made smaller smoothly.
 */
export function fit(screen: Extent, window: Extent, mode: ScaleMode, devicePixelRatio: number, scaling: Scaling): Fit {
  const filling = Math.min(window.width / screen.width, window.height / screen.height) * devicePixelRatio;
  const multiple = Math.floor(filling + slack);
  const devicePixels = mode === 'actual' ? 1 : scaling === 'whole' && multiple >= 1 ? multiple : filling;
  const crisp = devicePixels >= 1 - slack && Math.abs(devicePixels - Math.round(devicePixels)) < slack;
  const scale = devicePixels / devicePixelRatio;
  const [width, height] = [screen.width * scale, screen.height * scale];
  const margin = (outer: number, inner: number): number => Math.max(0, Math.floor(((outer - inner) / 2) * devicePixelRatio) / devicePixelRatio);
  return { scale, width, height, left: margin(window.width, width), top: margin(window.height, height), crisp };
}

/** A place on the page in framebuffer pixels, clamped to the screen. `box` is where the canvas is. */
export function toScreen(client: { readonly x: number; readonly y: number }, box: Extent & { readonly left: number; readonly top: number }, screen: Extent): { readonly x: number; readonly y: number } {
  const map = (at: number, start: number, length: number, pixels: number): number =>
    Math.max(0, Math.min(pixels - 1, Math.floor(((at - start) / length) * pixels)));
  if (box.width <= 0 || box.height <= 0 || screen.width === 0) return { x: 0, y: 0 };
  return { x: map(client.x, box.left, box.width, screen.width), y: map(client.y, box.top, box.height, screen.height) };
}

import type { Cursor } from '../wire/messages';

/** A cursor's shape as a picture; undefined where the guest hides it. */
export function cursorImage({ width, height, pixels }: Cursor): string | undefined {
  if (width === 0) return undefined;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  return canvas.toDataURL();
}

/** The CSS value for a cursor shape: a picture, or nothing where the guest hides it. */
export function cursorStyle(cursor: Cursor): string {
  const { width, height } = cursor;
  const image = cursorImage(cursor);
  if (image === undefined) return 'none';
  // Browsers ignore a cursor whose hot spot lies outside of it.
  const hotX = Math.min(cursor.hotX, width - 1);
  const hotY = Math.min(cursor.hotY, height - 1);
  return `url("${image}") ${hotX} ${hotY}, default`;
}

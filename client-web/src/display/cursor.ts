import type { Cursor } from '../wire/messages';

/** The CSS value for a cursor shape: a picture, or nothing where the guest hides it. */
export function cursorStyle(cursor: Cursor): string {
  const { width, height } = cursor;
  if (width === 0) return 'none';
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(cursor.pixels), width, height), 0, 0);
  // Browsers ignore a cursor whose hot spot lies outside of it.
  const hotX = Math.min(cursor.hotX, width - 1);
  const hotY = Math.min(cursor.hotY, height - 1);
  return `url("${canvas.toDataURL()}") ${hotX} ${hotY}, default`;
}

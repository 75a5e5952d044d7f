import { WireError } from '../wire/messages';
import type { Image } from '../wire/messages';

let scratch: OffscreenCanvasRenderingContext2D | null = null;

/** RGBA of a JPEG, by the browser's own decoder, off this thread. Throws WireError where it is none, or of another size. */
export async function decodeJpeg({ jpeg, width, height }: Image): Promise<Uint8ClampedArray> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([jpeg.slice()], { type: 'image/jpeg' }), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch {
    throw new WireError('an image that is no JPEG');
  }
  try {
    if (bitmap.width !== width || bitmap.height !== height) throw new WireError(`an image of ${bitmap.width}x${bitmap.height} for ${width}x${height}`);
    if (!scratch || scratch.canvas.width < width || scratch.canvas.height < height)
      scratch = new OffscreenCanvas(Math.max(width, scratch?.canvas.width ?? 0), Math.max(height, scratch?.canvas.height ?? 0)).getContext('2d', { willReadFrequently: true, alpha: false });
    if (!scratch) throw new Error('there is no canvas to decode on');
    scratch.drawImage(bitmap, 0, 0);
    return scratch.getImageData(0, 0, width, height).data;
  } finally {
    bitmap.close();
  }
}

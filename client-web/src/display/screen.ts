import type { Extent, Frame, FrameMessage, Image, Rectangle } from '../wire/messages';
import { spanCoding, WireError } from '../wire/messages';
import { FrameOrder } from '../wire/order';
import { readServerMessage } from '../wire/reader';
import { Damage, Framebuffer } from './framebuffer';
import type { FromDecoder } from './protocol';
import { VideoPieces } from './video';
import type { VideoPicture } from './video';

/** Where pictures end up: a canvas, or a fake in tests. */
export interface Surface {
  resize(extent: Extent): void;
  paint(picture: Framebuffer, damage: readonly Rectangle[]): void;
  /** A region came in this encoding; for an overlay. */
  mark?(encoding: Encoding, region: Rectangle): void;
}

export type Encoding = 'move' | 'fill' | 'palette' | 'predicted' | 'image' | 'video';

export interface ScreenOptions {
  readonly surface: Surface;
  readonly decode: (blob: Uint8Array, rawLength: number) => Uint8Array;
  /** RGBA of a JPEG. Fails where it is none, or of another size. */
  readonly decodeImage: (image: Image) => Promise<Uint8ClampedArray>;
  readonly videos: VideoSource;
  /** Calls back once before the next repaint. */
  readonly schedule: (paint: () => void) => void;
  readonly post: (message: FromDecoder) => void;
  readonly now: () => number;
}

/** Decodes videos; see VideoStreams. */
export interface VideoSource {
  decode(picture: VideoPicture): Promise<Uint8ClampedArray | undefined>;
  clear(): void;
}

interface Part {
  readonly frame: Frame;
  readonly raw: Uint8Array;
}

/** All parts of one frame; its images may still be being decoded. */
interface Whole extends Waiting {
  readonly parts: readonly Part[];
  readonly pictures: Promise<Pictures> | undefined;
}

interface Pictures {
  readonly images: readonly Uint8ClampedArray[];
  /** Undefined where one could not be decoded. */
  readonly videos: readonly (Uint8ClampedArray | undefined)[];
}

const noPictures: Pictures = { images: [], videos: [] };

interface Waiting {
  readonly stream: number;
  readonly sequence: number;
  readonly decodeMs: number;
  readonly complete: boolean;
  readonly exact: boolean;
  readonly bytes: number;
  readonly videos: readonly VideoPicture[];
}

/** Turns server messages into pictures: decodes parts as they come, applies whole frames in their order, paints once a repaint, then reports. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #damage = new Damage();
  #picture = new Framebuffer(0, 0);
  #surfaceExtent: Extent = { width: 0, height: 0 };
  #stream = 0;
  #order = new FrameOrder();
  #parts: Part[] = [];
  #videos: VideoPicture[] = [];
  readonly #pieces = new VideoPieces();
  #partsMs = 0;
  #partsBytes = 0;
  /** Whole frames whose turn has not come: the first waits for its images. */
  #whole: Whole[] = [];
  #draining = false;
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** A new connection begins; the last picture stays until the new one is complete. */
  start(stream: number, extent: Extent): void {
    this.#stream = stream;
    this.#order = new FrameOrder();
    this.#parts = [];
    this.#videos = [];
    this.#pieces.clear();
    this.#options.videos.clear();
    this.#partsMs = 0;
    this.#partsBytes = 0;
    this.#whole = [];
    this.#waiting = [];
    if (extent.width > 0 && (extent.width !== this.#picture.width || extent.height !== this.#picture.height)) this.#resize(extent);
  }

  /** Takes one server message. Throws WireError. */
  accept(stream: number, bytes: Uint8Array): void {
    if (stream !== this.#stream) return;
    const began = this.#options.now();
    const message = readServerMessage(bytes, this.#picture);
    if (message.type === 'size') this.#resize(message);
    else if (message.type === 'cursor') this.#options.post({ ...message, pixels: message.pixels.slice() });
    else if (message.type === 'frame' || message.type === 'video') {
      this.#order.accept(message);
      if (message.type === 'frame') this.#part(message);
      else {
        const picture = this.#pieces.add(message);
        if (picture) this.#videos.push(picture);
      }
      this.#partsMs += this.#options.now() - began;
      this.#partsBytes += bytes.length;
      if (message.last) this.#end(message);
    }
  }

  #resize({ width, height }: Extent): void {
    // Frames of the old size show nothing any more, but the host waits to hear of them.
    for (const frame of this.#whole.splice(0)) this.#report(frame);
    this.#picture = new Framebuffer(width, height);
    this.#damage.take();
    this.#options.post({ type: 'size', width, height });
  }

  #part(frame: Frame): void {
    const raw = frame.rawLength > 0 ? this.#options.decode(frame.blob, frame.rawLength) : new Uint8Array();
    this.#parts.push({ frame, raw });
  }

  #end(frame: FrameMessage): void {
    const parts = this.#parts.splice(0);
    const videos = this.#videos.splice(0);
    const images = parts.flatMap((part) => part.frame.images);
    const whole: Whole = {
      parts, videos, stream: this.#stream, sequence: frame.sequence, decodeMs: this.#partsMs, complete: frame.complete,
      exact: frame.exact, bytes: this.#partsBytes,
      pictures: images.length + videos.length > 0 ? this.#decode(images, videos) : undefined,
    };
    this.#partsMs = 0;
    this.#partsBytes = 0;
    if (whole.pictures === undefined && this.#whole.length === 0) this.#apply(whole, noPictures);
    else {
      this.#whole.push(whole);
      void this.#drain();
    }
  }

  async #decode(images: readonly Image[], videos: readonly VideoPicture[]): Promise<Pictures> {
    const pixels = Promise.all(videos.map((video) => this.#options.videos.decode(video).catch(() => {
      this.#options.post({ type: 'videoless' });
      return undefined;
    })));
    return { images: await Promise.all(images.map((image) => this.#options.decodeImage(image))), videos: await pixels };
  }

  /** Applies frames in their order, each when its images are there. */
  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#whole[0]; next; next = this.#whole[0]) {
        const began = this.#options.now();
        const pictures = (await next.pictures) ?? noPictures;
        // Meanwhile another stream or another size may have begun.
        if (this.#whole[0] !== next) continue;
        this.#whole.shift();
        this.#apply({ ...next, decodeMs: next.decodeMs + this.#options.now() - began }, pictures);
      }
    } catch (error) {
      this.#whole = [];
      this.#options.post({ type: 'fault', stream: this.#stream, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#draining = false;
    }
  }

  #apply(whole: Whole, pictures: Pictures): void {
    let picture = 0;
    for (const { frame, raw } of whole.parts) {
      this.#picture.move(frame.moves);
      frame.moves.forEach((move) => this.#touch('move', move));
      for (const fill of frame.fills) {
        this.#picture.fill(fill);
        this.#touch('fill', fill);
      }
      let offset = 0;
      for (const span of frame.spans) {
        offset = this.#picture.span(span, raw, offset);
        this.#touch(span.coding === spanCoding.palette ? 'palette' : 'predicted', span);
      }
      if (offset !== raw.length) throw new WireError(`${raw.length - offset} bytes of pixels too many`);
      for (const image of frame.images) {
        const rgba = pictures.images[picture++];
        if (rgba) this.#picture.put(image, rgba);
        this.#touch('image', image);
      }
    }
    whole.videos.forEach((video, index) => {
      const rgba = pictures.videos[index];
      if (!rgba) return;
      this.#picture.put(video, rgba);
      this.#touch('video', video);
    });
    this.#report(whole);
  }

  #touch(encoding: Encoding, region: Rectangle): void {
    this.#damage.add(region);
    this.#options.surface.mark?.(encoding, region);
  }

  /** Tells the host of a frame with the next repaint. */
  #report({ stream, sequence, decodeMs, complete, exact, bytes, videos }: Waiting): void {
    this.#waiting.push({ stream, sequence, decodeMs, complete, exact, bytes, videos });
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(() => this.#present());
  }

  #present(): void {
    this.#scheduled = false;
    const began = this.#options.now();
    const { width, height } = this.#picture;
    // The canvas changes its size (and so becomes black) only together with a new picture.
    if (width !== this.#surfaceExtent.width || height !== this.#surfaceExtent.height) {
      this.#damage.take();
      this.#damage.add({ x: 0, y: 0, width, height });
      this.#surfaceExtent = { width, height };
      this.#options.surface.resize(this.#surfaceExtent);
    }
    this.#options.surface.paint(this.#picture, this.#damage.take());
    const paintMs = this.#options.now() - began;
    const presented = this.#waiting.splice(0);
    presented.forEach(({ decodeMs, videos, ...frame }, index) =>
      this.#options.post({ type: 'presented', ...frame, videos: videos.length, decodeMs: decodeMs + paintMs, queueDepth: presented.length - 1 - index }));
  }
}

import type { Rectangle, Video } from '../wire/messages';
import { WireError } from '../wire/messages';

/** A picture of a video, all its pieces together. */
export interface VideoPicture extends Rectangle {
  readonly streamId: number;
  readonly key: boolean;
  /** An H.264 access unit (Annex B). */
  readonly bytes: Uint8Array;
}

/** More streams than a host has at a time; those that were not heard of for longest are closed. */
const mostStreams = 8;
const maxPicture = 16 * 1024 * 1024;

/** What OpenH264 makes: main profile (RFC 6381 and ISO/IEC 14496-15 name it so). */
const probe: VideoDecoderConfig = { codec: 'avc1.4d401f', optimizeForLatency: true };

/** Whether this browser decodes videos: over plain HTTP it does not even say. */
export async function decodesVideo(): Promise<boolean> {
  try {
    return typeof VideoDecoder !== 'undefined' && (await VideoDecoder.isConfigSupported(probe)).supported === true;
  } catch {
    return false;
  }
}

/** Puts the pieces of pictures together. */
export class VideoPieces {
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** The picture that a piece makes whole. Throws WireError. */
  add({ streamId, key, whole, bytes, x, y, width, height }: Video): VideoPicture | undefined {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length > maxPicture) throw new WireError('a picture of a video without an end');
    if (!whole) return undefined;
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.clear();
    return { streamId, key, bytes: all, x, y, width, height };
  }

  clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}

/** The videos of a screen. A picture comes out for each that goes in, in the same order. */
export class VideoStreams {
  readonly #streams = new Map<number, VideoStream>();

  /** RGBA of the picture; undefined where its stream was given up meanwhile. Fails where it cannot be decoded. */
  decode(picture: VideoPicture): Promise<Uint8ClampedArray | undefined> {
    let stream = this.#streams.get(picture.streamId);
    if (picture.key) {
      const codec = codecOf(picture.bytes);
      if (stream?.codec !== codec) {
        stream?.retire();
        stream = new VideoStream(codec);
      }
    }
    if (!stream) return Promise.reject(new Error(`video ${picture.streamId} begins in its middle`));
    this.#streams.delete(picture.streamId);
    this.#streams.set(picture.streamId, stream);
    this.#forget(mostStreams);
    return stream.decode(picture);
  }

  clear(): void {
    this.#forget(0);
  }

  #forget(most: number): void {
    for (const [id, stream] of this.#streams) {
      if (this.#streams.size <= most) return;
      stream.close();
      this.#streams.delete(id);
    }
  }
}

interface Wanted {
  readonly picture: VideoPicture;
  resolve(pixels: Uint8ClampedArray | undefined): void;
  reject(reason: unknown): void;
}

class VideoStream {
  readonly codec: string;
  readonly #decoder: VideoDecoder;
  #wanted: Wanted[] = [];
  #at = 0;

  constructor(codec: string) {
    this.codec = codec;
    this.#decoder = new VideoDecoder({ output: (frame) => void this.#output(frame), error: (error) => this.#fail(error) });
    this.#decoder.configure({ ...probe, codec });
  }

  decode(picture: VideoPicture): Promise<Uint8ClampedArray | undefined> {
    return new Promise((resolve, reject) => {
      this.#wanted.push({ picture, resolve, reject });
      try {
        this.#decoder.decode(new EncodedVideoChunk({ type: picture.key ? 'key' : 'delta', timestamp: this.#at++, data: picture.bytes }));
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** Gives up what is still to come. */
  close(): void {
    if (this.#decoder.state !== 'closed') this.#decoder.close();
    for (const { resolve } of this.#wanted.splice(0)) resolve(undefined);
  }

  /** Closes once all that went in has come out. */
  retire(): void {
    const close = (): void => this.close();
    this.#decoder.flush().then(close, close);
  }

  async #output(frame: VideoFrame): Promise<void> {
    const wanted = this.#wanted.shift();
    try {
      if (wanted) wanted.resolve(await pixelsOf(frame, wanted.picture));
    } catch (error) {
      wanted?.reject(error);
    } finally {
      frame.close();
    }
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#wanted.splice(0)) reject(error);
  }
}

/** The top left part of a frame, which may be a pixel wider and higher. */
async function pixelsOf(frame: VideoFrame, { width, height }: Rectangle): Promise<Uint8ClampedArray> {
  const from = frame.visibleRect;
  if (!from || from.width < width || from.height < height) throw new WireError(`a picture of ${from?.width}x${from?.height} for ${width}x${height}`);
  const stride = from.width * 4;
  const all = new Uint8ClampedArray(stride * from.height);
  await frame.copyTo(all, { format: 'RGBA' });
  if (from.width === width) return all.subarray(0, stride * height);
  const cut = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) cut.set(all.subarray(row * stride, row * stride + width * 4), row * width * 4);
  return cut;
}

/** The codec's name with profile, constraints and level, which follow the start code and type of a stream's first unit (ITU-T H.264, 7.3.2.1.1). */
function codecOf(accessUnit: Uint8Array): string {
  const at = accessUnit.findIndex((byte, i) => byte === 1 && accessUnit[i - 1] === 0 && accessUnit[i - 2] === 0 && ((accessUnit[i + 1] ?? 0) & 0x1f) === 7);
  if (at < 0) throw new WireError('a video that does not say what it is');
  return 'avc1.' + [...accessUnit.subarray(at + 2, at + 5)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

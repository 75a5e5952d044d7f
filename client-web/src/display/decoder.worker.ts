import zstdUrl from 'zstd.wasm?url';
import type { FromDecoder, ToDecoder } from './protocol';
import { decodeJpeg } from './jpeg';
import { Screen } from './screen';
import { Zstd } from './zstd';

interface WorkerScope {
  onmessage: ((event: MessageEvent<ToDecoder>) => void) | null;
  postMessage(message: FromDecoder): void;
  requestAnimationFrame(callback: () => void): number;
}

const scope = self as unknown as WorkerScope;
let canvas: OffscreenCanvas | undefined;
let context: OffscreenCanvasRenderingContext2D | null = null;
let zstd: Zstd | undefined;
let stream = 0;
let waiting: ToDecoder[] = [];

const screen = new Screen({
  surface: {
    resize({ width, height }) {
      if (canvas) Object.assign(canvas, { width, height });
    },
    paint(picture, damage) {
      if (picture.width === 0) return;
      const image = new ImageData(picture.pixels, picture.width, picture.height);
      for (const { x, y, width, height } of damage) context?.putImageData(image, 0, 0, x, y, width, height);
    },
  },
  decode: (blob, rawLength) => {
    if (!zstd) throw new Error('zstd is not loaded');
    return zstd.decode(blob, rawLength);
  },
  decodeImage: decodeJpeg,
  schedule: (paint) => scope.requestAnimationFrame(paint),
  post: (message) => scope.postMessage(message),
  now: () => performance.now(),
});

function handle(message: ToDecoder): void {
  if (message.type === 'canvas') {
    canvas = message.canvas;
    context = canvas.getContext('2d', { alpha: false, desynchronized: true });
    return;
  }
  stream = message.stream;
  try {
    if (message.type === 'start') screen.start(message.stream, message);
    else screen.accept(message.stream, message.bytes);
  } catch (error) {
    scope.postMessage({ type: 'fault', stream, message: error instanceof Error ? error.message : String(error) });
  }
}

scope.onmessage = ({ data }) => {
  if (zstd) handle(data);
  else waiting.push(data);
};

Zstd.load(fetch(zstdUrl)).then(
  (loaded) => {
    zstd = loaded;
    for (const message of waiting) handle(message);
    waiting = [];
  },
  (error: unknown) => {
    const fault = (): void => scope.postMessage({ type: 'fault', stream, message: `zstd did not load: ${String(error)}` });
    scope.onmessage = ({ data }) => {
      if (data.type === 'canvas') return;
      stream = data.stream;
      fault();
    };
    for (const message of waiting) if (message.type !== 'canvas') stream = message.stream;
    fault();
  },
);

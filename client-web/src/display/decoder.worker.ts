import zstdUrl from 'zstd.wasm?url';
import type { FromDecoder, ToDecoder } from './protocol';
import { decodeJpeg } from './jpeg';
import { Overlay } from './overlay';
import { Screen } from './screen';
import { VideoStreams } from './video';
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

const overlay = new Overlay();
let shown: ImageData | undefined;

/** The whole picture and the colours over it, again and again while there are any. */
function paintOverlay(): void {
  if (!context || !shown) return;
  context.putImageData(shown, 0, 0);
  const marks = overlay.at(performance.now());
  for (const { colour, region } of marks) {
    context.fillStyle = colour;
    context.fillRect(region.x, region.y, region.width, region.height);
  }
  if (marks.length > 0) setTimeout(() => scope.requestAnimationFrame(paintOverlay), 100);
}

const screen = new Screen({
  surface: {
    resize({ width, height }) {
      if (canvas) Object.assign(canvas, { width, height });
    },
    paint(picture, damage) {
      if (picture.width === 0) return;
      shown = new ImageData(picture.pixels, picture.width, picture.height);
      if (overlay.on) return paintOverlay();
      for (const { x, y, width, height } of damage) context?.putImageData(shown, 0, 0, x, y, width, height);
    },
    mark: (encoding, region) => overlay.mark(encoding, region, performance.now()),
  },
  decode: (blob, rawLength) => {
    if (!zstd) throw new Error('zstd is not loaded');
    return zstd.decode(blob, rawLength);
  },
  decodeImage: decodeJpeg,
  videos: new VideoStreams(),
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
  if (message.type === 'overlay') {
    overlay.on = message.on;
    return paintOverlay();
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
      if (data.type === 'canvas' || data.type === 'overlay') return;
      stream = data.stream;
      fault();
    };
    for (const message of waiting) if (message.type !== 'canvas' && message.type !== 'overlay') stream = message.stream;
    fault();
  },
);

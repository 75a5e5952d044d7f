import { Emitter } from '../events';
import type { Disposable } from '../events';
import type { Cursor, Extent } from '../wire/messages';
import DecoderWorker from './decoder.worker?worker';
import type { Fault, FromDecoder, Presented, ToDecoder } from './protocol';

/** The picture of a session: a canvas that a worker paints. */
export class Display implements Disposable {
  readonly canvas = document.createElement('canvas');
  readonly presented = new Emitter<Presented>();
  readonly resized = new Emitter<Extent>();
  readonly cursor = new Emitter<Cursor>();
  readonly fault = new Emitter<Fault>();
  readonly videoless = new Emitter<void>();
  readonly #worker = new DecoderWorker();

  constructor() {
    this.canvas.setAttribute('aria-hidden', 'true');
    this.#worker.onmessage = ({ data }: MessageEvent<FromDecoder>) => this.#receive(data);
    this.#worker.onerror = (event) => this.fault.emit({ type: 'fault', stream: -1, message: event.message || 'the decoder did not start' });
    const canvas = this.canvas.transferControlToOffscreen();
    this.#post({ type: 'canvas', canvas }, [canvas]);
  }

  /** A new stream begins on a screen of `extent` (0x0 while unknown). */
  start(stream: number, extent: Extent): void {
    this.#post({ type: 'start', stream, width: extent.width, height: extent.height });
  }

  /** Takes one server message. It is copied: SignalR's messages are views into one larger buffer. */
  accept(stream: number, message: Uint8Array): void {
    const bytes = new Uint8Array(message);
    this.#post({ type: 'data', stream, bytes }, [bytes.buffer]);
  }

  /** Colours each region by its encoding as it comes: for developers and support. */
  overlay(on: boolean): void {
    this.#post({ type: 'overlay', on });
  }

  dispose(): void {
    this.#worker.terminate();
    this.canvas.remove();
    for (const emitter of [this.presented, this.resized, this.cursor, this.fault, this.videoless]) emitter.clear();
  }

  #post(message: ToDecoder, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromDecoder): void {
    switch (message.type) {
      case 'presented': return this.presented.emit(message);
      case 'size': return this.resized.emit(message);
      case 'cursor': return this.cursor.emit(message);
      case 'videoless': return this.videoless.emit();
      case 'fault': return this.fault.emit(message);
    }
  }
}

import { WireError } from '../wire/messages';

interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  free(pointer: number): void;
  ZSTD_decompress(target: number, capacity: number, source: number, length: number): number;
}

/** The zstd decoder of zstddec, loaded from a file (see vite.config.ts). */
export class Zstd {
  readonly #exports: Exports;

  private constructor(exports: Exports) {
    this.#exports = exports;
  }

  static async load(wasm: Promise<Response> | BufferSource): Promise<Zstd> {
    const imports = { env: { emscripten_notify_memory_growth: () => undefined } };
    const bytes = wasm instanceof Promise ? await (await wasm).arrayBuffer() : wasm;
    const { instance } = await WebAssembly.instantiate(bytes, imports);
    return new Zstd(instance.exports as unknown as Exports);
  }

  /** Decodes `blob` into exactly `rawLength` bytes. Throws WireError when it is anything else. */
  decode(blob: Uint8Array, rawLength: number): Uint8Array<ArrayBuffer> {
    const { memory, malloc, free, ZSTD_decompress: decompress } = this.#exports;
    const source = malloc(blob.length);
    const target = malloc(rawLength);
    try {
      // malloc may have grown the memory, which detaches every earlier view.
      new Uint8Array(memory.buffer).set(blob, source);
      const length = decompress(target, rawLength, source, blob.length);
      if (length !== rawLength) throw new WireError(`a blob that is not zstd of ${rawLength} bytes`);
      return new Uint8Array(memory.buffer as ArrayBuffer).slice(target, target + rawLength);
    } finally {
      free(target);
      free(source);
    }
  }
}

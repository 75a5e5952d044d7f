import { clipboardKind, messageType, WireError } from '../wire/messages';
import type { ClipboardKind, ClipboardPiece } from '../wire/messages';

/** What was copied, whole. */
export interface Copied {
  readonly kind: ClipboardKind;
  readonly bytes: Uint8Array;
}

/** Bytes of a part, so that it fits into a message of the hub (docs/specs/wire.md). */
const partBytes = 12 * 1024 - 16;
const headerBytes = 10;
/** No host gives more. */
export const mostBytes = 16 * 1024 * 1024;

export const copiedText = (text: string): Copied => ({ kind: clipboardKind.text, bytes: new TextEncoder().encode(text.replaceAll('\r\n', '\n')) });

export const textOf = (copied: Copied): string => new TextDecoder().decode(copied.bytes);

/** The messages that tell a host of it. */
export function* parts(copied: Copied): Generator<Uint8Array> {
  for (let offset = 0; offset === 0 || offset < copied.bytes.length; offset += partBytes) {
    const part = copied.bytes.subarray(offset, offset + partBytes);
    const message = new Uint8Array(headerBytes + part.length);
    const view = new DataView(message.buffer);
    message[0] = messageType.clipboardIn;
    message[1] = copied.kind;
    view.setUint32(2, copied.bytes.length, true);
    view.setUint32(6, offset, true);
    message.set(part, headerBytes);
    yield message;
  }
}

/** Puts together what comes from a host; memory grows with what came. */
export class CopiedReceiver {
  #kind: ClipboardKind | undefined;
  #total = 0;
  #came = 0;
  #parts: Uint8Array[] = [];

  /** The whole, once it is there. Throws WireError for a part that does not come next. */
  take(piece: ClipboardPiece): Copied | undefined {
    if (piece.total > mostBytes) throw new WireError(`${piece.total} bytes of clipboard`);
    if (piece.offset === 0) {
      this.#kind = piece.kind;
      this.#total = piece.total;
      this.#came = 0;
      this.#parts = [];
    } else if (piece.kind !== this.#kind || piece.total !== this.#total || piece.offset !== this.#came) {
      throw new WireError('a part of a clipboard that does not come next');
    }
    this.#parts.push(piece.bytes.slice());
    this.#came += piece.bytes.length;
    if (this.#came < this.#total) return undefined;
    const bytes = new Uint8Array(this.#total);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#kind = undefined;
    return { kind: piece.kind, bytes };
  }
}

import {
  byeReason, clipboardKind, frameFlag, maxCursor, maxMoves, maxRawLength, maxScreen, maxServerMessage, messageType, noticeKind, secretLength, spanCoding, version, videoCodec, videoFlag, WireError,
} from './messages';
import type { Bye, ByeReason, ClipboardPiece, Cursor, Extent, Fill, Frame, FrameMessage, Move, Notice, NoticeKind, Rectangle, ServerMessage, Size, Span, SpanCoding, Video, Welcome } from './messages';

/** Reads one server message that fills `bytes` exactly. Rectangles are checked against `screen`. Throws WireError. */
export function readServerMessage(bytes: Uint8Array, screen: Extent): ServerMessage {
  if (bytes.length > maxServerMessage) throw new WireError(`a message of ${bytes.length} bytes`);
  const body = new Body(bytes);
  const message = readBody(body, screen);
  body.end();
  return message;
}

/** Reads the answer to Hello. Throws WireError. */
export function readWelcome(bytes: Uint8Array): Welcome {
  const message = readServerMessage(bytes, { width: 0, height: 0 });
  if (message.type !== 'welcome') throw new WireError(`${message.type} where Welcome belongs`);
  return message;
}

function readBody(body: Body, screen: Extent): ServerMessage {
  const type = body.u8();
  switch (type) {
    case messageType.welcome: return welcome(body);
    case messageType.frame: return frame(body, screen);
    case messageType.size: return size(body);
    case messageType.cursor: return cursor(body);
    case messageType.bye: return bye(body);
    case messageType.video: return video(body, screen);
    case messageType.notice: return notice(body);
    case messageType.clipboard: return clipboard(body);
    case messageType.pong: return { type: 'pong', token: body.u32() };
    default: throw new WireError(`unknown message type ${type}`);
  }
}

function welcome(body: Body): Welcome {
  const spoken = body.u8();
  if (spoken !== version) throw new WireError(`protocol version ${spoken}`);
  const width = body.u16();
  const height = body.u16();
  if (width > maxScreen || height > maxScreen || (width === 0) !== (height === 0)) throw new WireError(`a screen of ${width}x${height}`);
  return { type: 'welcome', width, height, rights: body.u8(), secret: body.take(secretLength).slice(), name: body.text() };
}

function frame(body: Body, screen: Extent): Frame {
  const head = frameHead(body);
  const moveCount = body.u16();
  const fillCount = body.u16();
  const spanCount = body.u16();
  const imageCount = body.u16();
  if (moveCount > maxMoves) throw new WireError(`${moveCount} moves`);
  body.need(moveCount * 12 + fillCount * 11 + spanCount * 9 + imageCount * 10 + 8);
  const moves = times(moveCount, () => move(body, screen));
  const fills: Fill[] = times(fillCount, () => ({ ...rectangle(body, screen), red: body.u8(), green: body.u8(), blue: body.u8() }));
  const spans: Span[] = times(spanCount, () => ({ ...rectangle(body, screen), coding: coding(body) }));
  const pictures = times(imageCount, () => ({ area: rectangle(body, screen), length: body.u16() }));
  const rawLength = body.u32();
  const blobLength = body.u32();
  if (rawLength > maxRawLength || (rawLength === 0) !== (spanCount === 0)) throw new WireError(`rawLength ${rawLength} for ${spanCount} spans`);
  if ((blobLength === 0) !== (spanCount === 0)) throw new WireError(`a blob of ${blobLength} bytes for ${spanCount} spans`);
  const blob = body.take(blobLength);
  return {
    type: 'frame', ...head, moves, fills, spans, rawLength, blob,
    images: pictures.map(({ area, length }) => ({ ...area, jpeg: body.take(length) })),
  };
}

function video(body: Body, screen: Extent): Video {
  const head = frameHead(body);
  const codec = body.u8();
  if (codec !== videoCodec.h264) throw new WireError(`unknown codec ${codec}`);
  const streamId = body.u8();
  const flags = body.u8();
  if ((flags & ~(videoFlag.key | videoFlag.last)) !== 0) throw new WireError(`a video with flags ${flags}`);
  return {
    type: 'video', ...head, streamId, key: (flags & videoFlag.key) !== 0, whole: (flags & videoFlag.last) !== 0,
    ...rectangle(body, screen), bytes: body.rest(),
  };
}

function frameHead(body: Body): FrameMessage {
  const sequence = body.u32();
  const flags = body.u8();
  const known = frameFlag.first | frameFlag.last | frameFlag.complete | frameFlag.exact;
  if (sequence === 0 || (flags & ~known) !== 0) throw new WireError(`frame ${sequence} with flags ${flags}`);
  return {
    sequence, first: (flags & frameFlag.first) !== 0, last: (flags & frameFlag.last) !== 0, complete: (flags & frameFlag.complete) !== 0,
    exact: (flags & frameFlag.exact) !== 0,
  };
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

function move(body: Body, screen: Extent): Move {
  const to = rectangle(body, screen);
  const fromX = body.u16();
  const fromY = body.u16();
  if (fromX + to.width > screen.width || fromY + to.height > screen.height) throw new WireError(`a move from ${fromX},${fromY}`);
  return { ...to, fromX, fromY };
}

function coding(body: Body): SpanCoding {
  const value = body.u8();
  if (value !== spanCoding.palette && value !== spanCoding.predicted) throw new WireError(`unknown coding ${value}`);
  return value;
}

function clipboard(body: Body): ClipboardPiece {
  const kind = body.u8();
  if (kind !== clipboardKind.text && kind !== clipboardKind.png) throw new WireError(`unknown kind of clipboard content ${kind}`);
  const total = body.u32();
  const offset = body.u32();
  const bytes = body.rest();
  if (offset + bytes.length > total || (bytes.length === 0 && total > 0)) throw new WireError(`${bytes.length} bytes at ${offset} of ${total} of a clipboard`);
  return { type: 'clipboard', kind, total, offset, bytes };
}

function size(body: Body): Size {
  const width = body.u16();
  const height = body.u16();
  if (width === 0 || height === 0 || width > maxScreen || height > maxScreen) throw new WireError(`a screen of ${width}x${height}`);
  return { type: 'size', width, height };
}

function cursor(body: Body): Cursor {
  const width = body.u16();
  const height = body.u16();
  if (width > maxCursor || height > maxCursor || (width === 0) !== (height === 0)) throw new WireError(`a cursor of ${width}x${height}`);
  return { type: 'cursor', width, height, hotX: body.u16(), hotY: body.u16(), pixels: body.take(width * height * 4) };
}

function bye(body: Body): Bye {
  const reason = body.u8();
  if (!isByeReason(reason)) throw new WireError(`unknown reason ${reason}`);
  return { type: 'bye', reason, text: body.text() };
}

function isByeReason(value: number): value is ByeReason {
  return value >= byeReason.takenOver && value <= byeReason.firstClosed;
}

function notice(body: Body): Notice {
  const kind = body.u8();
  if (!isNoticeKind(kind)) throw new WireError(`unknown kind of notice ${kind}`);
  return { type: 'notice', kind, seconds: body.u32(), text: body.text() };
}

function isNoticeKind(value: number): value is NoticeKind {
  return value >= noticeKind.message && value <= noticeKind.appTitle;
}

function rectangle(body: Body, screen: Extent): Rectangle {
  const x = body.u16();
  const y = body.u16();
  const width = body.u16();
  const height = body.u16();
  if (width === 0 || height === 0 || x + width > screen.width || y + height > screen.height)
    throw new WireError(`rectangle ${x},${y} ${width}x${height} on a screen of ${screen.width}x${screen.height}`);
  return { x, y, width, height };
}

/** Walks over a message; every step checks that the bytes are there. */
class Body {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  need(count: number): void {
    if (this.#at + count > this.#bytes.length) throw new WireError(`${count} bytes needed at ${this.#at} of ${this.#bytes.length}`);
  }

  u8(): number {
    this.need(1);
    return this.#view.getUint8(this.#at++);
  }

  u16(): number {
    this.need(2);
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }

  u32(): number {
    this.need(4);
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  take(count: number): Uint8Array {
    this.need(count);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }

  text(): string {
    const bytes = this.take(this.u16());
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new WireError('text that is not UTF-8');
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new WireError(`${this.#bytes.length - this.#at} bytes too many`);
  }
}

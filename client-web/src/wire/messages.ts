// The messages of docs/specs/wire.md, version 1, in the spec's own terms.

export const version = 1;
export const maxServerMessage = 64 * 1024;
export const maxClientBatch = 4 * 1024;
export const maxRawLength = 1024 * 1024;
export const maxMoves = 1024;
export const maxScreen = 8192;
export const maxCursor = 96;
export const secretLength = 32;

/** The first byte of a message. */
export const messageType = {
  welcome: 0x00,
  frame: 0x01,
  size: 0x02,
  cursor: 0x03,
  bye: 0x04,
  pong: 0x05,
  video: 0x06,
  notice: 0x07,
  clipboard: 0x08,
  hello: 0x80,
  ack: 0x81,
  key: 0x82,
  pointer: 0x83,
  wheel: 0x84,
  releaseAll: 0x85,
  refresh: 0x86,
  quality: 0x87,
  ping: 0x88,
  abilities: 0x89,
  pointerMotion: 0x8a,
  wantedSize: 0x8b,
  clipboardIn: 0x8c,
} as const;

export const helloKind = { ticket: 1, resume: 2 } as const;
export type HelloKind = (typeof helloKind)[keyof typeof helloKind];

export const right = { view: 1, input: 2, clipboardIn: 4, clipboardOut: 8, filesUp: 16, filesDown: 32, sound: 64, microphone: 128 } as const;

export const pointerButton = { left: 1, middle: 2, right: 4, back: 8, forward: 16 } as const;

export const byeReason = { takenOver: 1, ended: 2, failed: 3, signedOut: 4, hostStopping: 5, idle: 6, firstClosed: 7 } as const;
export type ByeReason = (typeof byeReason)[keyof typeof byeReason];

export const frameFlag = { first: 1, last: 2, complete: 4, exact: 8 } as const;

export const videoFlag = { key: 1, last: 2 } as const;
export const videoCodec = { h264: 0 } as const;

/** What a screen may be wanted to have, in pixels a side. */
export const wantedLimits = { least: 200, most: 8192 } as const;

/** What a browser can do besides what all can. */
export const ability = { h264: 1 } as const;

/** What the person prefers where a line cannot give everything. */
export const quality = { automatic: 0, sharp: 1, saving: 2 } as const;
export type Quality = keyof typeof quality;

/** In framebuffer pixels. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** In framebuffer pixels, inside the screen. */
export interface Rectangle extends Extent {
  readonly x: number;
  readonly y: number;
}

export interface Fill extends Rectangle {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** This rectangle becomes what was at `fromX`, `fromY` before the frame. */
export interface Move extends Rectangle {
  readonly fromX: number;
  readonly fromY: number;
}

export const spanCoding = { palette: 0, predicted: 1 } as const;
export type SpanCoding = (typeof spanCoding)[keyof typeof spanCoding];

/** A rectangle whose pixels lie in the blob. */
export interface Span extends Rectangle {
  readonly coding: SpanCoding;
}

/** A rectangle as a JPEG; a view into the message. */
export interface Image extends Rectangle {
  readonly jpeg: Uint8Array;
}

export interface Welcome {
  readonly type: 'welcome';
  /** 0 while no picture is known. */
  readonly width: number;
  readonly height: number;
  readonly rights: number;
  readonly secret: Uint8Array;
  readonly name: string;
}

/** What every message of a frame says. */
export interface FrameMessage {
  readonly sequence: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly complete: boolean;
  /** Nothing of the picture is only near any more. */
  readonly exact: boolean;
}

/** A picture of a video, or a piece of one; leans on those before it in its stream, from the last key picture on. */
export interface Video extends FrameMessage, Rectangle {
  readonly type: 'video';
  readonly streamId: number;
  readonly key: boolean;
  /** With these bytes the picture is whole. */
  readonly whole: boolean;
  /** Of an H.264 access unit; a view into the message. */
  readonly bytes: Uint8Array;
}

export interface Frame extends FrameMessage {
  readonly type: 'frame';
  readonly moves: readonly Move[];
  readonly fills: readonly Fill[];
  readonly spans: readonly Span[];
  readonly images: readonly Image[];
  /** Bytes of the spans' pixels once the blob is decompressed. */
  readonly rawLength: number;
  /** One zstd frame; a view into the message. */
  readonly blob: Uint8Array;
}

export interface Size extends Extent {
  readonly type: 'size';
}

export interface Cursor extends Extent {
  readonly type: 'cursor';
  readonly hotX: number;
  readonly hotY: number;
  /** RGBA, not premultiplied. */
  readonly pixels: Uint8Array;
}

export interface Bye {
  readonly type: 'bye';
  readonly reason: ByeReason;
  readonly text: string;
}

export interface Pong {
  readonly type: 'pong';
  readonly token: number;
}

/** What words to a person are about: words, or that something happens in so many seconds; or the title of the window of the machine's application. */
export const noticeKind = { message: 1, idle: 2, ending: 3, clipboardTooLarge: 4, homeComing: 5, homeHere: 6, homeMissing: 7, appTitle: 8 } as const;
export type NoticeKind = (typeof noticeKind)[keyof typeof noticeKind];
/** Those that are words to a person; the title of an application's window is none. */
export type PersonNotice = Notice & { readonly kind: Exclude<NoticeKind, typeof noticeKind.appTitle> };

/** Whether the person is to read it. */
export const isForPerson = (notice: Notice): notice is PersonNotice => notice.kind !== noticeKind.appTitle;

export interface Notice {
  readonly type: 'notice';
  readonly kind: NoticeKind;
  /** 0 for a message; of what is too large the KiB that are allowed. */
  readonly seconds: number;
  readonly text: string;
}

/** Kinds of what is copied: text, or a picture as PNG; `typed` goes to the host only: what no key gives, to be pasted at once. */
export const clipboardKind = { text: 1, png: 2, typed: 3 } as const;
export type ClipboardKind = (typeof clipboardKind)[keyof typeof clipboardKind];

/** A part of what was copied on the desktop. */
export interface ClipboardPiece {
  readonly type: 'clipboard';
  readonly kind: ClipboardKind;
  readonly total: number;
  readonly offset: number;
  /** A view into the message. */
  readonly bytes: Uint8Array;
}

export type ServerMessage = Welcome | Frame | Video | Size | Cursor | Bye | Pong | Notice | ClipboardPiece;

/** The peer said something that the protocol does not allow. The connection ends. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

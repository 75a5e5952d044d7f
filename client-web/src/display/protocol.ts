import type { Cursor, Extent } from '../wire/messages';

// What the page and the decoder's worker say to each other. `stream` counts connections: answers about an old one are dropped.

export type ToDecoder =
  | { readonly type: 'canvas'; readonly canvas: OffscreenCanvas }
  | ({ readonly type: 'start'; readonly stream: number } & Extent)
  | { readonly type: 'data'; readonly stream: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'overlay'; readonly on: boolean };

export interface Presented {
  readonly type: 'presented';
  readonly stream: number;
  readonly sequence: number;
  readonly decodeMs: number;
  readonly queueDepth: number;
  readonly complete: boolean;
  /** Nothing of the picture is only near any more. */
  readonly exact: boolean;
  /** Pictures of videos that were in it. */
  readonly videos: number;
  /** Of the frame's messages. */
  readonly bytes: number;
}

export interface Fault {
  readonly type: 'fault';
  readonly stream: number;
  readonly message: string;
}

/** This browser cannot decode the videos that come after all. */
export interface Videoless {
  readonly type: 'videoless';
}

export type FromDecoder = Presented | Fault | Videoless | Cursor | ({ readonly type: 'size' } & Extent);

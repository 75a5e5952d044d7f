import { Emitter } from '../events';
import type { Disposable } from '../events';

/** How far an application is, as the page that embeds it is told. */
export type FrameState = 'opening' | 'waiting' | 'connected' | 'reconnecting' | 'ended';

/** What the embedding page is told; public/embed.js describes it. */
export type FrameMessage =
  | { readonly type: 'state'; readonly state: FrameState }
  | { readonly type: 'title'; readonly title: string }
  | { readonly type: 'ended'; readonly reason: string };

/** The parts of a window that are needed. */
export interface FrameWindow {
  readonly parent: { postMessage(message: unknown, origin: string): void };
  readonly location: { readonly ancestorOrigins?: { readonly length: number; readonly [index: number]: string } };
  readonly document: { readonly referrer: string };
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** The origin of the page that embeds this one; undefined where none does, or where it does not say who it is. */
export function embedderOf(view: FrameWindow): string | undefined {
  if ((view.parent as unknown) === view) return undefined;
  // Firefox has no ancestorOrigins.
  const origin = view.location.ancestorOrigins?.[0] ?? originOf(view.document.referrer);
  return origin === undefined || origin === 'null' ? undefined : origin;
}

/** The frame's side of what public/embed.js does: it speaks to the page that embeds it and to nobody else, and listens to nobody else. */
export class Frame implements Disposable {
  /** The embedding page wants it to end. */
  readonly closed = new Emitter<void>();
  readonly #view: FrameWindow;
  readonly #embedder: string | undefined;
  readonly #hear = (event: MessageEvent): void => {
    if (event.source !== (this.#view.parent as unknown) || event.origin !== this.#embedder || !isClose(event.data)) return;
    this.closed.emit();
  };

  constructor(view: FrameWindow) {
    this.#view = view;
    this.#embedder = embedderOf(view);
    if (this.#embedder !== undefined) view.addEventListener('message', this.#hear);
  }

  /** Whether a page embeds this one and hears of it. */
  get embedded(): boolean {
    return this.#embedder !== undefined;
  }

  say(message: FrameMessage): void {
    if (this.#embedder !== undefined) this.#view.parent.postMessage({ vdi: 1, ...message }, this.#embedder);
  }

  dispose(): void {
    this.#view.removeEventListener('message', this.#hear);
    this.closed.clear();
  }
}

function isClose(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const { vdi, type } = data as { readonly vdi?: unknown; readonly type?: unknown };
  return vdi === 1 && type === 'close';
}

function originOf(address: string): string | undefined {
  try {
    return new URL(address).origin;
  } catch {
    return undefined;
  }
}

import type { Disposable } from '../events';
import type { Cursor, Extent } from '../wire/messages';
import { cursorImage } from './cursor';

/** The pointer while the mouse is captured, when browsers show none: an image over the picture, in the size that browsers would give it. */
export class CapturedPointer implements Disposable {
  readonly element = document.createElement('img');
  #shape: Cursor | undefined;
  #shown = false;

  constructor() {
    this.element.className = 'captured-pointer';
    this.element.alt = '';
    this.element.hidden = true;
  }

  show(on: boolean): void {
    this.#shown = on;
    this.#apply();
  }

  set shape(cursor: Cursor) {
    this.#shape = cursor;
    const image = cursorImage(cursor);
    if (image !== undefined) this.element.src = image;
    this.element.style.translate = `${-cursor.hotX}px ${-cursor.hotY}px`;
    this.#apply();
  }

  /** In framebuffer pixels of a screen of `extent`. */
  move(x: number, y: number, extent: Extent): void {
    this.element.style.left = `${((x + 0.5) / extent.width) * 100}%`;
    this.element.style.top = `${((y + 0.5) / extent.height) * 100}%`;
  }

  dispose(): void {
    this.element.remove();
  }

  #apply(): void {
    this.element.hidden = !this.#shown || (this.#shape?.width ?? 0) === 0;
  }
}

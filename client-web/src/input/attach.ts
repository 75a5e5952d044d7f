import { Disposables } from '../events';
import type { Disposable } from '../events';
import { pointerButton } from '../wire/messages';
import type { Extent } from '../wire/messages';
import { isCaptured } from './capture';
import { toScreen } from './fit';
import { Keys } from './keys';
import { pan } from './pan';
import type { Pannable } from './pan';
import { InputStream } from './stream';
import { Touch } from './touch';
import { WheelNotches } from './wheel';

export interface InputOptions {
  /** Takes the keyboard's focus and the pointer. */
  readonly target: HTMLElement;
  readonly canvas: HTMLElement;
  readonly screen: () => Extent;
  readonly send: (bytes: Uint8Array) => void;
  /** What shows a part of the picture where it is larger than the window: two fingers move it. */
  readonly viewport?: Pannable;
  /** Where the pointer of a captured mouse came to, in framebuffer pixels: the browser shows none. */
  readonly onCaptured?: (x: number, y: number) => void;
  /** Ctrl+Alt+Shift: the way out of the desktop for people without a mouse. */
  readonly onEscape: () => void;
}

/** Listens to keyboard, pointer, wheel and fingers over the picture of a desktop. */
export class Input implements Disposable {
  readonly stream: InputStream;
  readonly keys: Keys;
  readonly #options: InputOptions;
  readonly #disposables = new Disposables();
  readonly #wheel = new WheelNotches();
  readonly #touch: Touch;
  /** Asked with the key that pastes and those that are down: whether it waits for what is to be pasted. */
  pasting: ((keys: readonly string[]) => boolean) | undefined;
  #place: { readonly x: number; readonly y: number } | undefined;

  constructor(options: InputOptions) {
    this.#options = options;
    this.stream = new InputStream(options.send, (callback) => requestAnimationFrame(callback), (dx, dy) => this.#carry(dx, dy));
    this.keys = new Keys({
      emit: (down, number) => this.stream.key(down, number),
      mac: /^(Mac|iP)/.test(navigator.platform),
      after: (milliseconds, callback) => {
        const timer = window.setTimeout(callback, milliseconds);
        return () => window.clearTimeout(timer);
      },
    });
    this.#touch = new Touch(
      {
        pointer: (x, y, buttons) => this.#point(x, y, buttons),
        scroll: (wayX, wayY) => {
          const { dx, dy } = options.viewport ? pan(options.viewport, wayX, wayY) : { dx: wayX, dy: wayY };
          if (dx !== 0 || dy !== 0) this.#turn({ deltaX: -dx * 3, deltaY: -dy * 3, deltaMode: 0 });
        },
      },
      { set: (callback, milliseconds) => window.setTimeout(callback, milliseconds), clear: (id) => window.clearTimeout(id) },
    );
    this.#listenKeys(options.target, false);
    this.#listenPointer(options.target);
    this.#listenLeaving(options.target);
  }

  /** Key events of a text field (the one behind the on-screen keyboard), as far as they name a key; the rest becomes text there. */
  listenKeys(field: HTMLElement): void {
    this.#listenKeys(field, true);
  }

  /** Lets go of everything in the guest. */
  release(always = false): void {
    if (!always && !this.keys.anyHeld && this.stream.buttons === 0) return;
    this.keys.clear();
    this.stream.releaseAll();
  }

  dispose(): void {
    this.release();
    this.#touch.cancel();
    this.#disposables.dispose();
  }

  #listenKeys(target: HTMLElement, text: boolean): void {
    this.#disposables.listen<KeyboardEvent>(target, 'keydown', (event) => {
      if (!text && pastes(event) && this.pasting?.([event.code])) {
        // Not prevented: the browser says next what is to be pasted.
        event.stopPropagation();
        return;
      }
      if (!this.keys.down(event, text)) return;
      event.preventDefault();
      event.stopPropagation();
      const either = (name: string): boolean => this.keys.holds(`${name}Left`, `${name}Right`);
      if (either('Control') && either('Alt') && either('Shift')) {
        this.release(true);
        this.#options.onEscape();
      }
    });
    this.#disposables.listen<KeyboardEvent>(target, 'keyup', (event) => {
      if (!this.keys.up(event, text)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    // The menu key, and Shift+F10, ask for a menu at the focused element when they go up.
    this.#disposables.listen(target, 'contextmenu', (event) => event.preventDefault());
  }

  #listenPointer(target: HTMLElement): void {
    const { canvas } = this.#options;
    const on = <E extends Event>(type: string, listener: (event: E) => void): void => this.#disposables.listen(canvas, type, listener, { passive: false });
    const mouse = (event: PointerEvent): void => {
      if (isCaptured(canvas)) this.stream.motion(event.movementX, event.movementY, wireButtons(event.buttons));
      else this.#point(event.clientX, event.clientY, wireButtons(event.buttons));
    };
    on<PointerEvent>('pointerdown', (event) => {
      event.preventDefault();
      target.focus({ preventScroll: true });
      this.keys.repair(event);
      // A captured mouse cannot leave, and the browser would throw.
      if (!isCaptured(canvas)) canvas.setPointerCapture(event.pointerId);
      if (event.pointerType === 'touch') this.#touch.down(finger(event));
      else mouse(event);
    });
    on<PointerEvent>('pointerenter', (event) => this.keys.repair(event));
    on<PointerEvent>('pointermove', (event) => {
      if (event.pointerType === 'touch') this.#touch.move(finger(event));
      else mouse(event);
    });
    on<PointerEvent>('pointerup', (event) => {
      event.preventDefault();
      if (event.pointerType === 'touch') this.#touch.up(finger(event));
      else mouse(event);
    });
    on<PointerEvent>('pointercancel', (event) => {
      if (event.pointerType === 'touch') this.#touch.cancel();
      else if (!isCaptured(canvas)) this.#point(event.clientX, event.clientY, 0);
    });
    on<WheelEvent>('wheel', (event) => {
      event.preventDefault();
      this.keys.repair(event);
      this.#turn(event);
    });
    // The guest has its own menu, and its own idea of back, forward and the middle button.
    for (const type of ['contextmenu', 'auxclick', 'mousedown', 'mouseup', 'dragstart']) on(type, (event) => event.preventDefault());
  }

  #listenLeaving(target: HTMLElement): void {
    this.#disposables.listen(target, 'blur', () => this.release());
    this.#disposables.listen(window, 'blur', () => this.release());
    this.#disposables.listen(window, 'pagehide', () => this.release());
    this.#disposables.listen(document, 'visibilitychange', () => {
      if (document.hidden) this.release(true);
    });
    for (const type of ['fullscreenchange', 'pointerlockchange']) this.#disposables.listen(document, type, () => this.release(true));
    this.#disposables.listen(document, 'pointerlockchange', () => {
      if (isCaptured(this.#options.canvas)) this.#carry(0, 0);
    });
    // Control+W closes a tab before the page hears of the W; someone who holds Control is asked first.
    this.#disposables.listen(window, 'beforeunload', (event) => {
      if (this.keys.holds('ControlLeft', 'ControlRight', 'MetaLeft', 'MetaRight')) event.preventDefault();
    });
  }

  #point(clientX: number, clientY: number, buttons: number): void {
    const { x, y } = toScreen({ x: clientX, y: clientY }, this.#options.canvas.getBoundingClientRect(), this.#options.screen());
    this.#place = { x, y };
    this.stream.pointer(x, y, buttons);
  }

  /** Counts along where the host carries the pointer to; see docs/specs/wire.md, "Mice". */
  #carry(dx: number, dy: number): void {
    const { width, height } = this.#options.screen();
    if (width === 0) return;
    const { x, y } = this.#place ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
    const within = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
    this.#place = { x: within(x + dx, width), y: within(y + dy, height) };
    this.#options.onCaptured?.(this.#place.x, this.#place.y);
  }

  #turn(turn: { readonly deltaX: number; readonly deltaY: number; readonly deltaMode: number }): void {
    const { dx, dy } = this.#wheel.add(turn);
    this.stream.wheel(dx, dy);
  }
}

/** Ctrl+V, also with Shift as in terminals, Command+V, and Shift+Insert. */
export function pastes(event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'repeat'>): boolean {
  if (event.altKey || event.repeat) return false;
  return (event.code === 'KeyV' && (event.ctrlKey || event.metaKey)) || (event.code === 'Insert' && event.shiftKey && !event.ctrlKey);
}

function finger(event: PointerEvent): { id: number; x: number; y: number } {
  return { id: event.pointerId, x: event.clientX, y: event.clientY };
}

/** PointerEvent.buttons counts right before middle; the wire does not. */
export function wireButtons(buttons: number): number {
  const bit = (from: number, to: number): number => ((buttons & from) === 0 ? 0 : to);
  return bit(1, pointerButton.left) | bit(2, pointerButton.right) | bit(4, pointerButton.middle) | bit(8, pointerButton.back) | bit(16, pointerButton.forward);
}

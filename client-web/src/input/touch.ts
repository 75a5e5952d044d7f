import { pointerButton } from '../wire/messages';

export interface TouchPoint {
  readonly id: number;
  /** In CSS pixels of the page. */
  readonly x: number;
  readonly y: number;
}

export interface TouchOutput {
  /** The pointer at a place of the page, with wire buttons. */
  pointer(x: number, y: number, buttons: number): void;
  /** How far two fingers dragged, in CSS pixels; the content follows the fingers. */
  scroll(dx: number, dy: number): void;
}

export interface Timer {
  set(callback: () => void, milliseconds: number): number;
  clear(id: number): void;
}

const slop = 10;
const longPressMs = 500;

type Gesture = 'none' | 'undecided' | 'drag' | 'scroll' | 'done';

/** Fingers as a mouse: tap clicks, a long press clicks right, one finger drags, two fingers scroll. */
export class Touch {
  readonly #output: TouchOutput;
  readonly #timer: Timer;
  readonly #fingers = new Map<number, TouchPoint>();
  #gesture: Gesture = 'none';
  #start: TouchPoint = { id: 0, x: 0, y: 0 };
  #press: number | undefined;

  constructor(output: TouchOutput, timer: Timer) {
    this.#output = output;
    this.#timer = timer;
  }

  down(point: TouchPoint): void {
    this.#fingers.set(point.id, point);
    if (this.#fingers.size === 1) {
      this.#gesture = 'undecided';
      this.#start = point;
      this.#output.pointer(point.x, point.y, 0);
      this.#press = this.#timer.set(() => this.#longPress(), longPressMs);
      return;
    }
    this.#stopPress();
    if (this.#gesture === 'undecided' && this.#fingers.size === 2) this.#gesture = 'scroll';
  }

  move(point: TouchPoint): void {
    const before = this.#fingers.get(point.id);
    if (!before) return;
    if (this.#gesture === 'scroll') {
      // Both fingers report; each counts for half of the way.
      this.#output.scroll((point.x - before.x) / 2, (point.y - before.y) / 2);
    } else if (this.#gesture === 'undecided' && Math.hypot(point.x - this.#start.x, point.y - this.#start.y) > slop) {
      this.#stopPress();
      this.#gesture = 'drag';
      this.#output.pointer(this.#start.x, this.#start.y, pointerButton.left);
    }
    this.#fingers.set(point.id, point);
    if (this.#gesture === 'drag') this.#output.pointer(point.x, point.y, pointerButton.left);
  }

  up(point: TouchPoint): void {
    if (!this.#fingers.delete(point.id)) return;
    this.#stopPress();
    if (this.#gesture === 'undecided') this.#click(pointerButton.left);
    else if (this.#gesture === 'drag' && point.id === this.#start.id) {
      this.#output.pointer(point.x, point.y, 0);
      this.#gesture = 'done';
    }
    if (this.#fingers.size === 0) this.#gesture = 'none';
  }

  /** The browser took the fingers for itself. */
  cancel(): void {
    this.#stopPress();
    const last = this.#fingers.get(this.#start.id) ?? this.#start;
    if (this.#gesture === 'drag') this.#output.pointer(last.x, last.y, 0);
    this.#fingers.clear();
    this.#gesture = 'none';
  }

  #longPress(): void {
    this.#press = undefined;
    this.#gesture = 'done';
    this.#click(pointerButton.right);
  }

  #click(button: number): void {
    this.#output.pointer(this.#start.x, this.#start.y, button);
    this.#output.pointer(this.#start.x, this.#start.y, 0);
  }

  #stopPress(): void {
    if (this.#press !== undefined) this.#timer.clear(this.#press);
    this.#press = undefined;
  }
}

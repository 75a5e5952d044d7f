import * as write from '../wire/writer';

const maxMotion = 32_767;

interface Position {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

/** All input in the order it happened. Motion waits for the next repaint, so that a fast mouse does not flood the line. */
export class InputStream {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #schedule: (callback: () => void) => void;
  readonly #onMotion: ((dx: number, dy: number) => void) | undefined;
  #moved: Position | undefined;
  /** Of a captured mouse: what was not sent yet, fractions too. */
  #motion = { dx: 0, dy: 0 };
  #last: Position = { x: 0, y: 0, buttons: 0 };
  #scheduled = false;

  /** `onMotion` hears what was sent of a captured mouse's way. */
  constructor(send: (bytes: Uint8Array) => void, schedule: (callback: () => void) => void, onMotion?: (dx: number, dy: number) => void) {
    this.#send = send;
    this.#schedule = schedule;
    this.#onMotion = onMotion;
  }

  get buttons(): number {
    return this.#last.buttons;
  }

  key(down: boolean, qnum: number): void {
    this.flush();
    this.#send(write.key(down, qnum));
  }

  /** In framebuffer pixels. A change of the buttons goes at once. */
  pointer(x: number, y: number, buttons: number): void {
    const clicked = buttons !== this.#last.buttons;
    if (!clicked && x === this.#last.x && y === this.#last.y) return;
    if (clicked) this.flush();
    this.#flushMotion();
    this.#last = { x, y, buttons };
    this.#moved = this.#last;
    if (clicked) return this.flush();
    this.#later();
  }

  /** How far a captured mouse went, in whatever it counts; a change of the buttons goes at once. */
  motion(dx: number, dy: number, buttons: number): void {
    this.#flushPlace();
    this.#motion = { dx: this.#motion.dx + dx, dy: this.#motion.dy + dy };
    if (buttons === this.#last.buttons) return this.#later();
    // The way before the click belongs to the buttons before it.
    this.#flushMotion();
    this.#last = { ...this.#last, buttons };
    this.#send(write.pointerMotion(0, 0, buttons));
  }

  /** In notches; positive is right and down. */
  wheel(dx: number, dy: number): void {
    const clamp = (value: number): number => Math.max(-16, Math.min(16, value));
    if (dx === 0 && dy === 0) return;
    this.flush();
    this.#send(write.wheel(clamp(dx), clamp(dy)));
  }

  releaseAll(): void {
    this.flush();
    this.#last = { ...this.#last, buttons: 0 };
    this.#send(write.releaseAll());
  }

  /** Sends the motion that waits. */
  flush(): void {
    this.#flushPlace();
    this.#flushMotion();
  }

  #later(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #flushMotion(): void {
    const whole = (value: number): number => Math.max(-maxMotion, Math.min(maxMotion, Math.trunc(value)));
    const [dx, dy] = [whole(this.#motion.dx), whole(this.#motion.dy)];
    if (dx === 0 && dy === 0) return;
    this.#motion = { dx: this.#motion.dx % 1, dy: this.#motion.dy % 1 };
    this.#send(write.pointerMotion(dx, dy, this.#last.buttons));
    this.#onMotion?.(dx, dy);
  }

  #flushPlace(): void {
    if (!this.#moved) return;
    const { x, y, buttons } = this.#moved;
    this.#moved = undefined;
    this.#send(write.pointer(x, y, buttons));
  }
}

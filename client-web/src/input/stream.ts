import * as write from '../wire/writer';

interface Position {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

/** All input in the order it happened. Motion waits for the next repaint, so that a fast mouse does not flood the line. */
export class InputStream {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #schedule: (callback: () => void) => void;
  #moved: Position | undefined;
  #last: Position = { x: 0, y: 0, buttons: 0 };
  #scheduled = false;

  constructor(send: (bytes: Uint8Array) => void, schedule: (callback: () => void) => void) {
    this.#send = send;
    this.#schedule = schedule;
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
    this.#last = { x, y, buttons };
    this.#moved = this.#last;
    if (clicked) return this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.flush();
    });
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
    if (!this.#moved) return;
    const { x, y, buttons } = this.#moved;
    this.#moved = undefined;
    this.#send(write.pointer(x, y, buttons));
  }
}

import { WireError } from './messages';
import type { FrameMessage } from './messages';

/** Checks that the parts of a stream's frames come as promised: sequences from 1 by one, first part first, last part last. */
export class FrameOrder {
  #sequence = 0;
  #open = false;

  /** Throws WireError when `part` may not come now. */
  accept(part: FrameMessage): void {
    if (part.first === this.#open) throw new WireError(`frame ${part.sequence}: ${part.first ? 'begins before the last one ended' : 'a part without a beginning'}`);
    const expected = part.first ? this.#sequence + 1 : this.#sequence;
    if (part.sequence !== expected) throw new WireError(`frame ${part.sequence} where ${expected} belongs`);
    this.#sequence = expected;
    this.#open = !part.last;
  }
}

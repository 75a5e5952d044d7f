/** What the hidden field holds at rest: something to delete, so that the on-screen keyboard's backspace shows as a change. */
export const filler = '_'.repeat(32);

/** What is to be done in the desktop: so much is deleted, then this is typed. */
export interface Change {
  readonly deleted: number;
  readonly text: string;
}

/**
 * Follows the hidden field. Words that a keyboard composes of letters with keys go over as they come; what no key gives (한글, 日本語) changes until it
 * is composed, and goes over then.
 */
export class Composing {
  /** What of the field the desktop has. */
  #sent = filler;
  readonly #hasKeys: (text: string) => boolean;

  constructor(hasKeys: (text: string) => boolean) {
    this.#hasKeys = hasKeys;
  }

  /** The field shows `value`; `composing` while it may still become something else. */
  change(value: string, composing: boolean): Change {
    const change = typed(this.#sent, value);
    if (composing && !this.#hasKeys(change.text)) return { deleted: 0, text: '' };
    this.#sent = value;
    return change;
  }

  /** Whether something is held back until it is composed. */
  holds(value: string): boolean {
    return value !== this.#sent;
  }

  /** The field is at rest again. */
  reset(): void {
    this.#sent = filler;
  }
}

/** What was typed and deleted between two contents of the hidden field. */
export function typed(before: string, after: string): Change {
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same++;
  return { deleted: [...before.slice(same)].length, text: after.slice(same) };
}

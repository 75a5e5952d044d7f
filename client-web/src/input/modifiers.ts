/** What a browser says about modifiers with every key and pointer event. */
export interface ModifierStates {
  getModifierState(name: string): boolean;
}

interface Modifier {
  readonly codes: readonly string[];
  readonly states: readonly string[];
}

const shift: Modifier = { codes: ['ShiftLeft', 'ShiftRight'], states: ['Shift'] };
const control: Modifier = { codes: ['ControlLeft', 'ControlRight'], states: ['Control'] };
const alt: Modifier = { codes: ['AltLeft', 'AltRight'], states: ['Alt'] };
const meta: Modifier = { codes: ['MetaLeft', 'MetaRight', 'OSLeft', 'OSRight'], states: ['Meta', 'OS', 'Super'] };
const all = [shift, control, alt, meta] as const;

export function isModifier(code: string): boolean {
  return all.some(({ codes }) => codes.includes(code));
}

/**
 * Compares what is `held` in the guest with what the browser says is down: `stuck` keys went up where nobody could see it (another
 * window, a dialogue of the system, a lost keyup), `missing` ones went down there. `own` is the key that the event is about.
 */
export function compareModifiers(event: ModifierStates, held: (code: string) => boolean, own: string): { readonly stuck: string[]; readonly missing: string[] } {
  const stuck: string[] = [];
  const missing: string[] = [];
  // Under AltGr, and under Control and Alt where Windows takes them for AltGr, browsers hide Control and Alt.
  const altGraph = event.getModifierState('AltGraph') || own === 'AltRight';
  for (const { codes, states } of altGraph ? [shift, meta] : all) {
    if (codes.includes(own)) continue;
    const down = states.some((state) => event.getModifierState(state));
    const holding = codes.filter(held);
    if (!down) stuck.push(...holding);
    else if (holding.length === 0) missing.push(...codes.slice(0, 1));
  }
  return { stuck, missing };
}

const locks = ['CapsLock', 'NumLock', 'ScrollLock'] as const;

/**
 * Notices that a lock was switched in another window, so that the guest's can follow. After a lock key of our own, and at first,
 * the next key tells what to compare with: browsers differ in whether a lock's own events say the state before or after.
 */
export class LockStates {
  readonly #known = new Map<string, boolean>();

  /** The codes of the locks that changed since the last event, though no key of theirs was seen. */
  changed(event: ModifierStates): string[] {
    return locks.filter((lock) => {
      const now = event.getModifierState(lock);
      const before = this.#known.get(lock);
      this.#known.set(lock, now);
      return before !== undefined && before !== now;
    });
  }

  /** A key of the lock was seen. */
  seen(code: string): void {
    this.#known.delete(code);
  }

  static has(code: string): boolean {
    return locks.some((lock) => lock === code);
  }
}

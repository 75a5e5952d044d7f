import { compareModifiers, isModifier, LockStates } from './modifiers';
import type { ModifierStates } from './modifiers';
import { physicalKey, qnum, usKey } from './qnum';

/** What the tracker needs of a KeyboardEvent. */
export interface KeyPress extends ModifierStates {
  readonly code: string;
  readonly key: string;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

export interface KeysOptions {
  readonly emit: (down: boolean, qnum: number) => void;
  /** macOS reports no release of keys under Command, and of Caps Lock only every second move. */
  readonly mac: boolean;
  /** Calls back after some milliseconds; returns how to call that off. */
  readonly after: (milliseconds: number, callback: () => void) => () => void;
}

/** Windows sends the Control of AltGr at the same moment; so long a left Control waits for a right Alt. */
const altGraphMs = 30;

/** Keys that change an input mode: on many keyboards they report no release, so they are struck whole. */
const modeKeys = new Set([
  'HangulMode', 'HanjaMode', 'JunjaMode', 'FinalMode', 'KanjiMode', 'Hankaku', 'Zenkaku', 'ZenkakuHankaku', 'Alphanumeric', 'Eisu', 'Hiragana',
  'Katakana', 'HiraganaKatakana', 'KanaMode', 'Romaji',
]);

/**
 * Knows which keys are down in the guest, and turns key events into key numbers. A key goes down once and up once: the guest
 * repeats held keys by itself, and its layout decides what they mean.
 */
export class Keys {
  readonly #options: KeysOptions;
  readonly #held = new Map<string, number>();
  readonly #locks = new LockStates();
  /** Struck whole under Command, so that its repetition counts. */
  readonly #struck = new Set<string>();
  #waitingControl: (() => void) | undefined;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  get anyHeld(): boolean {
    return this.#held.size > 0 || this.#waitingControl !== undefined;
  }

  /** Whether any of `codes` is down. */
  holds(...codes: readonly string[]): boolean {
    return codes.some((code) => this.#held.has(code) || (code === 'ControlLeft' && this.#waitingControl !== undefined));
  }

  /** True where the key was for the guest. `text` says that the event comes from a field, which makes text of what we leave alone. */
  down(press: KeyPress, text = false): boolean {
    if (text && (press.isComposing || press.key === 'Process')) return false;
    if (modeKeys.has(press.key)) return this.#mode(press);
    const code = physicalKey(press);
    const number = qnum(code);
    if (number === undefined) return !text && this.#named(press);
    if (code === 'AltRight' && press.key === 'AltGraph') this.#dropControl();
    this.flush();
    if (press.repeat || this.#held.has(code)) {
      if (press.repeat && this.#struck.has(code)) this.#stroke(number);
      return true;
    }
    this.#agree(press, code);
    if (this.#options.mac && code === 'CapsLock') this.#stroke(number);
    else if (this.#options.mac && !isModifier(code) && this.holds('MetaLeft', 'MetaRight')) {
      this.#struck.add(code);
      this.#stroke(number);
    } else if (code === 'ControlLeft') this.#waitingControl = this.#options.after(altGraphMs, () => this.flush());
    else this.#press(code);
    return true;
  }

  up(press: KeyPress, text = false): boolean {
    if (text && press.isComposing) return false;
    if (modeKeys.has(press.key)) return true;
    const code = physicalKey(press);
    const number = qnum(code);
    if (number === undefined) return !text && usKey(press.key) !== undefined;
    this.flush();
    // Windows reports only the release of Print Screen, macOS only that of Caps Lock when it goes off.
    if ((code === 'PrintScreen' || (this.#options.mac && code === 'CapsLock')) && !this.#held.has(code)) this.#stroke(number);
    this.#lift(code);
    this.#struck.delete(code);
    this.#release(press, code);
    return true;
  }

  /** Repairs what `event`, of the keyboard or the pointer, shows to be stuck. */
  repair(event: ModifierStates): void {
    this.flush();
    this.#release(event, '');
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#dropControl()) this.#press('ControlLeft');
  }

  /** Presses the codes in order and lets go in the opposite order. */
  chord(...codes: readonly string[]): void {
    this.flush();
    const numbers = codes.flatMap((code) => qnum(code) ?? []);
    for (const number of numbers) this.#options.emit(true, number);
    for (const number of numbers.reverse()) this.#options.emit(false, number);
  }

  /** Strikes the codes once, with whatever is down besides. */
  strike(...codes: readonly string[]): void {
    this.flush();
    for (const number of codes.flatMap((code) => qnum(code) ?? [])) this.#stroke(number);
  }

  /** Whether a US keyboard has keys for all of it. */
  has(text: string): boolean {
    return [...text].every((character) => usKey(character) !== undefined);
  }

  /** Types text as far as a US keyboard has it; returns the characters left out. */
  type(text: string): string {
    let left = '';
    for (const character of text) {
      const stroke = usKey(character);
      if (!stroke) left += character;
      else if (stroke.shift) this.chord('ShiftLeft', stroke.code);
      else this.chord(stroke.code);
    }
    return left;
  }

  /** Forgets what is down; the caller tells the guest. */
  clear(): void {
    this.#dropControl();
    this.#held.clear();
    this.#struck.clear();
  }

  /** Keys without a code, of remote controls and on-screen keyboards, by the character that they make. */
  #named(press: KeyPress): boolean {
    if (press.code !== '' && press.code !== 'Unidentified') return false;
    const stroke = usKey(press.key);
    if (!stroke) return false;
    this.flush();
    if (stroke.shift && !this.holds('ShiftLeft', 'ShiftRight')) this.chord('ShiftLeft', stroke.code);
    else this.chord(stroke.code);
    return true;
  }

  #mode(press: KeyPress): boolean {
    const number = qnum(press.key === 'HangulMode' ? 'Lang1' : press.key === 'HanjaMode' ? 'Lang2' : press.code);
    if (number === undefined) return false;
    this.flush();
    if (!press.repeat) this.#stroke(number);
    return true;
  }

  /** Makes modifiers and locks in the guest what they are here, before `code` goes down. */
  #agree(press: KeyPress, code: string): void {
    if (LockStates.has(code)) this.#locks.seen(code);
    else for (const lock of this.#locks.changed(press)) this.chord(lock);
    const { stuck, missing } = compareModifiers(press, (each) => this.#held.has(each), code);
    for (const each of stuck) this.#lift(each);
    // A modifier alone proves nothing yet: its own event follows.
    if (!isModifier(code)) for (const each of missing) this.#press(each);
  }

  #release(event: ModifierStates, own: string): void {
    for (const each of compareModifiers(event, (code) => this.#held.has(code), own).stuck) this.#lift(each);
  }

  #press(code: string): void {
    const number = qnum(code);
    if (number === undefined) return;
    this.#held.set(code, number);
    this.#options.emit(true, number);
  }

  #lift(code: string): void {
    const number = this.#held.get(code);
    // What was pressed before Command went down lost its release, too.
    if (this.#options.mac && (code === 'MetaLeft' || code === 'MetaRight')) {
      for (const other of [...this.#held.keys()]) if (!isModifier(other)) this.#lift(other);
      this.#struck.clear();
    }
    if (number !== undefined && this.#held.delete(code)) this.#options.emit(false, number);
  }

  #stroke(number: number): void {
    this.#options.emit(true, number);
    this.#options.emit(false, number);
  }

  #dropControl(): boolean {
    const waiting = this.#waitingControl;
    this.#waitingControl = undefined;
    waiting?.();
    return waiting !== undefined;
  }
}

import { Disposables } from '../events';
import type { Disposable } from '../events';
import type { Input } from '../input/attach';
import { copiedText, textOf } from '../session/clipboard';
import type { Copied } from '../session/clipboard';
import type { DesktopSession } from '../session/session';
import { clipboardKind } from '../wire/messages';

const png = 'image/png';
/** A browser that pastes says so within the keystroke; with one that does not the keys go on alone. */
const pasteMs = 120;

/**
 * Joins the clipboard of this computer with the desktop's. What is copied there is written here as soon as the browser lets us; what was copied
 * here goes there with the keys that paste it, for which no browser asks anybody's permission.
 */
export class ClipboardBridge implements Disposable {
  readonly #session: DesktopSession;
  readonly #input: Input;
  readonly #disposables = new Disposables();
  /** What both sides have. */
  #known: string | undefined;
  #waiting: Copied | undefined;
  /** The keys that paste, which wait for what they shall paste. */
  #keys: readonly string[] | undefined;
  #late: number | undefined;
  #mayRead = (): boolean => false;

  constructor(target: HTMLElement, session: DesktopSession, input: Input) {
    this.#session = session;
    this.#input = input;
    this.#disposables.add(session.copied.on((copied) => void this.#write(copied)));
    input.pasting = (keys) => this.#pasting(keys);
    this.#disposables.listen<ClipboardEvent>(target, 'paste', (event) => {
      event.preventDefault();
      void this.#paste(event.clipboardData);
    });
    if ('permissions' in navigator) {
      navigator.permissions.query({ name: 'clipboard-read' as PermissionName }).then((status) => {
        this.#mayRead = () => status.state === 'granted';
        void this.#read();
      }, () => undefined);
    }
    // Where we may read without being asked to paste, menus of the desktop can paste, too.
    for (const type of ['focus', 'copy']) this.#disposables.listen(window, type, () => void this.#read());
    // Browsers let a page write only while somebody does something with it.
    for (const type of ['pointerdown', 'keydown', 'focus']) {
      this.#disposables.listen(window, type, () => {
        if (this.#waiting) void this.#write(this.#waiting);
      }, { capture: true });
    }
  }

  /** Text that no key gives arrives as a paste, for which the host presses the keys; false where nothing may be pasted. */
  type(text: string): boolean {
    if (!this.#session.mayCopyIn) return false;
    // The desktop has this to paste now, and what was copied here goes over again with the next keys that paste.
    this.#known = undefined;
    this.#session.copyIn({ ...copiedText(text), kind: clipboardKind.typed });
    return true;
  }

  dispose(): void {
    window.clearTimeout(this.#late);
    this.#disposables.dispose();
  }

  /** Whether the keys wait for what is to be pasted. */
  #pasting(keys: readonly string[]): boolean {
    if (!this.#session.mayCopyIn) return false;
    this.#keys = keys;
    window.clearTimeout(this.#late);
    this.#late = window.setTimeout(() => this.#press(), pasteMs);
    return true;
  }

  #press(): void {
    window.clearTimeout(this.#late);
    const keys = this.#keys;
    this.#keys = undefined;
    if (keys) this.#input.keys.strike(...keys);
  }

  async #read(): Promise<void> {
    if (!this.#mayRead() || !this.#session.mayCopyIn || !document.hasFocus()) return;
    try {
      const text = await navigator.clipboard.readText();
      if (text !== '') this.#offer(copiedText(text), text);
    } catch {
      // What is pasted with keys comes all the same.
    }
  }

  async #paste(data: DataTransfer | null): Promise<void> {
    const text = data?.getData('text/plain') ?? '';
    const picture = [...data?.files ?? []].find((file) => file.type === png);
    if (text !== '') this.#offer(copiedText(text), text);
    else if (picture) {
      // The keys wait as long as reading takes.
      window.clearTimeout(this.#late);
      this.#offer({ kind: clipboardKind.png, bytes: new Uint8Array(await picture.arrayBuffer()) }, undefined);
    }
    this.#press();
  }

  #offer(copied: Copied, known: string | undefined): void {
    if (known !== undefined && known === this.#known) return;
    this.#known = known;
    this.#session.copyIn(copied);
  }

  async #write(copied: Copied): Promise<void> {
    this.#waiting = copied;
    try {
      if (copied.kind === clipboardKind.text) await navigator.clipboard.writeText(textOf(copied));
      else await navigator.clipboard.write([new ClipboardItem({ [png]: new Blob([copied.bytes.slice()], { type: png }) })]);
      if (this.#waiting === copied) this.#waiting = undefined;
      this.#known = copied.kind === clipboardKind.text ? textOf(copied) : undefined;
    } catch {
      // Not now: with the next click or key.
    }
  }
}

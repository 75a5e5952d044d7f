import { CapturedPointer } from '../display/captured';
import { cursorStyle } from '../display/cursor';
import { Display } from '../display/display';
import { decodesVideo } from '../display/video';
import { Disposables, Emitter } from '../events';
import type { Disposable } from '../events';
import { Input } from '../input/attach';
import { capture, isCaptured, release } from '../input/capture';
import { browserClock } from '../session/clock';
import { Meter } from '../session/meter';
import type { LineState } from '../session/meter';
import { ClipboardBridge } from './clipboard';
import { DesktopFiles } from '../session/files';
import { chosenQuality, keepQuality } from '../session/quality';
import { DesktopSession } from '../session/session';
import type { SessionOptions, SessionState } from '../session/session';
import { SignalRLink } from '../session/signalr-link';
import { LeaveGuard } from '../transfer/leaving';
import { browserLine } from '../transfer/xhr';
import { ability } from '../wire/messages';
import type { Extent, PersonNotice, Quality } from '../wire/messages';

/** Where the right to see a desktop comes from, and what there is to say about it. */
export type DesktopAccess = Pick<SessionOptions, 'ticket' | 'view'>;

/** A desktop on the page: its picture, its connection and its input, put together and given back together. */
export class DesktopController implements Disposable {
  readonly state = new Emitter<SessionState>();
  readonly resized = new Emitter<Extent>();
  /** Words from the server, to be shown over the picture. */
  readonly noticed = new Emitter<PersonNotice>();
  /** The title of the window of the machine's application. */
  readonly titled = new Emitter<string>();
  /** The person wants out of the desktop by keyboard. */
  readonly escaped = new Emitter<void>();
  /** Once a second. */
  readonly line = new Emitter<LineState>();
  readonly input: Input;
  readonly files: DesktopFiles;
  readonly #display: Display;
  readonly #clipboard: ClipboardBridge;
  readonly #session: DesktopSession;
  #quality = chosenQuality();
  #wanted: Extent | undefined;
  readonly #disposables = new Disposables();

  /** `opened` is when the person clicked, in performance.now() milliseconds. */
  constructor(access: DesktopAccess, screen: HTMLElement, viewport: HTMLElement, opened: number) {
    let extent: Extent = { width: 0, height: 0 };
    let frames = 0;
    let videos = 0;
    let complete = false;
    const display = this.#display = new Display();
    const pointer = new CapturedPointer();
    const meter = new Meter();
    let video = decodesVideo();
    const session = this.#session = new DesktopSession({
      ...access,
      connect: (hub) => new SignalRLink(hub),
      sink: display,
      clock: browserClock,
    });
    this.input = new Input({
      target: screen,
      canvas: display.canvas,
      viewport,
      screen: () => extent,
      send: (bytes) => session.send(bytes),
      onCaptured: (x, y) => pointer.move(x, y, extent),
      onEscape: () => {
        release();
        this.escaped.emit();
      },
    });
    this.files = new DesktopFiles({ access: () => session.files(), line: browserLine, clock: browserClock, leaving: new LeaveGuard() });
    this.#clipboard = new ClipboardBridge(screen, session, this.input);
    this.#disposables.add(this.#clipboard);
    screen.append(display.canvas, pointer.element);
    this.#disposables.listen(document, 'pointerlockchange', () => pointer.show(isCaptured(display.canvas)));
    this.#disposables.add(
      display, session, this.input, pointer, this.files,
      session.changed.on((state) => {
        if (state.kind === 'connected') {
          meter.restart();
          session.prefer(this.#quality);
          if (this.#wanted) session.want(this.#wanted);
          void video.then((can) => session.able(can ? ability.h264 : 0));
        }
        // Nobody gives a way for the rest any more.
        if (state.kind === 'ended') this.files.dispose();
        this.state.emit(state);
      }),
      session.noticed.on((notice) => this.noticed.emit(notice)),
      session.titled.on((title) => this.titled.emit(title)),
      session.ponged.on((token) => meter.answered(token, performance.now())),
      every(1_000, () => {
        if (document.hidden) return;
        const token = meter.ask(performance.now());
        if (token !== undefined) session.ping(token);
        this.line.emit(meter.at(performance.now()));
      }),
      display.presented.on((frame) => {
        session.ack(frame.stream, frame.sequence, frame.decodeMs, frame.queueDepth);
        meter.presented(frame.bytes, frame.exact, performance.now());
        screen.dataset['frames'] = String(++frames);
        videos += frame.videos;
        screen.dataset['videos'] = String(videos);
        screen.dataset['exact'] = String(frame.exact);
        if (!frame.complete || complete) return;
        complete = true;
        screen.dataset['firstFrameMs'] = String(Math.round(performance.now() - opened));
      }),
      display.resized.on((size) => {
        extent = size;
        this.resized.emit(size);
      }),
      display.cursor.on((cursor) => {
        display.canvas.style.cursor = cursorStyle(cursor);
        pointer.shape = cursor;
      }),
      display.videoless.on(() => {
        video = Promise.resolve(false);
        session.able(0);
        session.refresh();
      }),
      display.fault.on(({ stream, message }) => {
        console.error('The picture could not be decoded:', message);
        session.fault(stream, message);
      }),
    );
    void session.run();
  }

  get quality(): Quality {
    return this.#quality;
  }

  /** Types what no key gives; false where that cannot be. */
  paste(text: string): boolean {
    return this.#clipboard.type(text);
  }

  /** Whether files of this computer may be sent there; false while there is no connection. */
  get maySendFiles(): boolean {
    return this.#session.maySendFiles;
  }

  /** Whether files from there may be fetched; false while there is no connection. */
  get mayFetchFiles(): boolean {
    return this.#session.mayFetchFiles;
  }

  /** How many monitors the desktop may have; 1 while there is no connection. */
  monitors(): Promise<number> {
    return this.#session.monitors();
  }

  /** From now on, and next time. */
  prefer(wanted: Quality): void {
    this.#quality = wanted;
    keepQuality(wanted);
    this.#session.prefer(wanted);
  }

  /** Asks the guest for a screen of this size, in pixels, and again whenever the desktop comes back; with nothing, for none any more. */
  want(size: Extent | undefined): void {
    if (size?.width === this.#wanted?.width && size?.height === this.#wanted?.height) return;
    this.#wanted = size;
    if (size) this.#session.want(size);
  }

  /** Gives the mouse to the desktop alone, until Esc. Needs a click just before; a browser may refuse. */
  capture(): void {
    capture(this.#display.canvas).catch((error: unknown) => console.warn('The mouse could not be captured:', error));
  }

  /** Colours each region by its encoding. */
  overlay(on: boolean): void {
    this.#display.overlay(on);
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const emitter of [this.state, this.resized, this.titled, this.escaped, this.line]) emitter.clear();
  }
}

function every(milliseconds: number, action: () => void): Disposable {
  const timer = window.setInterval(action, milliseconds);
  return { dispose: () => window.clearInterval(timer) };
}

import { api } from '../api/client';
import { cursorStyle } from '../display/cursor';
import { Display } from '../display/display';
import { Disposables, Emitter } from '../events';
import type { Disposable } from '../events';
import { Input } from '../input/attach';
import { browserClock } from '../session/clock';
import { DesktopSession } from '../session/session';
import type { SessionState } from '../session/session';
import { SignalRLink } from '../session/signalr-link';
import type { Extent } from '../wire/messages';

/** A desktop on the page: its picture, its connection and its input, put together and given back together. */
export class DesktopController implements Disposable {
  readonly state = new Emitter<SessionState>();
  readonly resized = new Emitter<Extent>();
  /** The person wants out of the desktop by keyboard. */
  readonly escaped = new Emitter<void>();
  readonly input: Input;
  readonly #disposables = new Disposables();

  /** `opened` is when the person clicked, in performance.now() milliseconds. */
  constructor(sessionId: string, screen: HTMLElement, viewport: HTMLElement, opened: number) {
    let extent: Extent = { width: 0, height: 0 };
    let frames = 0;
    let complete = false;
    const display = new Display();
    const session = new DesktopSession({
      ticket: () => api.ticket(sessionId),
      view: () => api.session(sessionId),
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
      onEscape: () => this.escaped.emit(),
    });
    screen.append(display.canvas);
    this.#disposables.add(
      display, session, this.input,
      session.changed.on((state) => this.state.emit(state)),
      display.presented.on((frame) => {
        session.ack(frame.stream, frame.sequence, frame.decodeMs, frame.queueDepth);
        screen.dataset['frames'] = String(++frames);
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
      }),
      display.fault.on(({ stream, message }) => {
        console.error('The picture could not be decoded:', message);
        session.fault(stream, message);
      }),
    );
    void session.run();
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const emitter of [this.state, this.resized, this.escaped]) emitter.clear();
  }
}

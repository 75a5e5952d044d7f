import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Input } from './attach';

const releaseAll = [0x85];
let target: EventTarget;
let canvas: EventTarget;
let page: EventTarget & { hidden: boolean; pointerLockElement: EventTarget | undefined };
let view: EventTarget;
let sent: number[][];
let input: Input;
let places: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [target, canvas, sent, places] = [new EventTarget(), new EventTarget(), [], []];
  page = Object.assign(new EventTarget(), { hidden: false, pointerLockElement: undefined });
  view = Object.assign(new EventTarget(), { setTimeout, clearTimeout });
  vi.stubGlobal('window', view);
  vi.stubGlobal('document', page);
  vi.stubGlobal('navigator', { platform: 'Win32' });
  input = new Input({
    target: Object.assign(target, { focus: () => undefined }) as unknown as HTMLElement,
    canvas: Object.assign(canvas, { setPointerCapture: () => undefined, getBoundingClientRect: () => ({ left: 0, top: 0, width: 10, height: 10 }) }) as unknown as HTMLElement,
    screen: () => ({ width: 10, height: 10 }),
    send: (bytes) => sent.push([...bytes]),
    onCaptured: (x, y) => places.push(`${x},${y}`),
    onEscape: () => sent.push([]),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Sends an event and says whether the page kept the browser from acting on it. */
function happen(where: EventTarget, type: string, fields: object = {}): boolean {
  const event = Object.assign(new Event(type, { cancelable: true }), { key: '', repeat: false, isComposing: false, getModifierState: () => false }, fields);
  return !where.dispatchEvent(event);
}

it('keeps the browser from its own shortcuts', () => {
  for (const code of ['F5', 'F11', 'Tab', 'ContextMenu', 'AltLeft', 'BrowserBack']) {
    expect(happen(target, 'keydown', { code })).toBe(true);
    expect(happen(target, 'keyup', { code })).toBe(true);
  }
  expect(happen(target, 'contextmenu')).toBe(true);
  expect(happen(target, 'keydown', { code: 'BrightnessUp' })).toBe(false);
});

it.each(['blur', 'pagehide'])('lets go of everything when the window says %s', (type) => {
  happen(target, 'keydown', { code: 'ShiftLeft' });
  happen(view, type);
  happen(target, 'keyup', { code: 'ShiftLeft' });
  expect(sent.slice(1)).toEqual([releaseAll]);
});

it.each(['fullscreenchange', 'pointerlockchange', 'visibilitychange'])('lets go of everything at %s', (type) => {
  page.hidden = true;
  happen(page, type);
  expect(sent).toEqual([releaseAll]);
});

it('lets go of a stuck modifier when the pointer is used', () => {
  happen(target, 'keydown', { code: 'ShiftLeft' });
  happen(canvas, 'pointerenter');
  expect(sent).toEqual([[0x82, 1, 0x2a, 0], [0x82, 0, 0x2a, 0]]);
});

it('sends a waiting Control before the click that goes with it', () => {
  happen(target, 'keydown', { code: 'ControlLeft' });
  happen(canvas, 'pointerdown', { pointerType: 'mouse', pointerId: 1, buttons: 1, clientX: 5, clientY: 5, getModifierState: (name: string) => name === 'Control' });
  expect(sent).toEqual([[0x82, 1, 0x1d, 0], [0x83, 5, 0, 5, 0, 1]]);
});

it('asks before the tab closes while Control is down', () => {
  expect(happen(view, 'beforeunload')).toBe(false);
  happen(target, 'keydown', { code: 'ControlLeft' });
  expect(happen(view, 'beforeunload')).toBe(true);
  vi.runAllTimers();
  expect(happen(view, 'beforeunload')).toBe(true);
  input.dispose();
  expect(happen(view, 'beforeunload')).toBe(false);
});

it('opens the way out at Control, Alt and Shift, and lets go of them in the guest', () => {
  for (const code of ['ControlLeft', 'AltLeft', 'ShiftLeft']) {
    happen(target, 'keydown', { code, getModifierState: (name: string) => code !== 'ControlLeft' && (name === 'Control' || (name === 'Alt' && code === 'ShiftLeft')) });
  }
  expect(sent.slice(-2)).toEqual([releaseAll, []]);
});

it('sends how far a captured mouse goes, and tells where that carries the pointer', () => {
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => setTimeout(callback, 16));
  happen(canvas, 'pointermove', { pointerType: 'mouse', buttons: 0, clientX: 4, clientY: 4 });
  vi.runAllTimers();
  page.pointerLockElement = canvas;
  happen(page, 'pointerlockchange');
  happen(canvas, 'pointermove', { pointerType: 'mouse', buttons: 0, clientX: 4, clientY: 4, movementX: 3, movementY: -2 });
  vi.runAllTimers();
  happen(canvas, 'pointerdown', { pointerType: 'mouse', pointerId: 1, buttons: 1, clientX: 4, clientY: 4, movementX: 0, movementY: 0 });
  happen(canvas, 'pointermove', { pointerType: 'mouse', buttons: 1, clientX: 4, clientY: 4, movementX: 900, movementY: 1 });
  vi.runAllTimers();
  expect(sent).toEqual([[0x83, 4, 0, 4, 0, 0], releaseAll, [0x8a, 3, 0, 0xfe, 0xff, 0], [0x8a, 0, 0, 0, 0, 1], [0x8a, 0x84, 3, 1, 0, 1]]);
  expect(places).toEqual(['4,4', '7,2', '9,3']);
});

import { beforeEach, describe, expect, it } from 'vitest';
import { Keys } from './keys';
import type { KeyPress } from './keys';
import { physicalKey, qnum, usKey } from './qnum';

let sent: string[];
let waiting: (() => void)[];
let keys: Keys;
const make = (mac = false): Keys => new Keys({
  emit: (down, number) => sent.push(`${down ? '+' : '-'}${number.toString(16)}`),
  mac,
  after: (_, callback) => {
    waiting.push(callback);
    return () => waiting.splice(waiting.indexOf(callback), 1);
  },
});
beforeEach(() => {
  [sent, waiting] = [[], []];
  keys = make();
});

type Extra = Partial<KeyPress> & { readonly states?: readonly string[] };
const press = (code: string, key = '', { states = [], ...extra }: Extra = {}): KeyPress =>
  ({ code, key, repeat: false, isComposing: false, getModifierState: (name) => states.includes(name), ...extra });
const stroke = (code: string, key = '', extra: Extra = {}): void => {
  keys.down(press(code, key, extra));
  keys.up(press(code, key, extra));
};

describe('the table', () => {
  it.each([
    ['KeyA', 0x1e], ['ArrowUp', 0xc8], ['NumpadEnter', 0x9c], ['ControlRight', 0x9d], ['AltRight', 0xb8], ['MetaLeft', 0xdb], ['PrintScreen', 0xb7],
    ['Pause', 0xc6], ['Lang1', 0x72], ['Lang2', 0x71], ['IntlRo', 0x73], ['IntlYen', 0x7d], ['IntlBackslash', 0x56], ['KanaMode', 0x70],
    ['Convert', 0x79], ['NonConvert', 0x7b], ['NumpadEqual', 0x59], ['NumpadComma', 0x7e], ['F24', 0x6f], ['AudioVolumeMute', 0xa0], ['BrowserBack', 0xea],
  ])('%s has its QEMU number', (code, number) => expect(qnum(code)).toBe(number));

  // https://www.w3.org/TR/uievents-code/, section 3: the writing, functional, control pad, arrow, numeric pad, function and media sections.
  const pc = `Backquote Backslash BracketLeft BracketRight Comma Digit0 Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Equal
    IntlBackslash IntlRo IntlYen KeyA KeyB KeyC KeyD KeyE KeyF KeyG KeyH KeyI KeyJ KeyK KeyL KeyM KeyN KeyO KeyP KeyQ KeyR KeyS KeyT KeyU KeyV
    KeyW KeyX KeyY KeyZ Minus Period Quote Semicolon Slash AltLeft AltRight Backspace CapsLock ContextMenu ControlLeft ControlRight Enter MetaLeft
    MetaRight ShiftLeft ShiftRight Space Tab Convert KanaMode Lang1 Lang2 Lang4 NonConvert Delete End Help Home Insert PageDown PageUp
    ArrowDown ArrowLeft ArrowRight ArrowUp NumLock Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7 Numpad8 Numpad9 NumpadAdd
    NumpadBackspace NumpadComma NumpadDecimal NumpadDivide NumpadEnter NumpadEqual NumpadMultiply NumpadStar NumpadSubtract Escape F1 F2 F3 F4 F5
    F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24 PrintScreen ScrollLock Pause BrowserBack BrowserFavorites
    BrowserForward BrowserHome BrowserRefresh BrowserStop LaunchApp1 LaunchApp2 LaunchMail MediaPlayPause MediaSelect MediaStop
    MediaTrackNext MediaTrackPrevious AudioVolumeDown AudioVolumeMute AudioVolumeUp Again Copy Cut Find Open Paste Props Undo Hiragana`.split(/\s+/);

  it('has every key of a PC', () => expect(pc.filter((code) => qnum(code) === undefined)).toEqual([]));

  it('leaves the power keys to the computer in front of the person', () => {
    for (const code of ['Power', 'Sleep', 'WakeUp', 'Suspend', 'Hibernate']) expect(keys.down(press(code, code))).toBe(false);
    expect(sent).toEqual([]);
  });

  it('leaves unknown keys to the browser', () => {
    for (const code of ['', 'Unidentified', 'toString', 'Fn', 'BrightnessUp']) expect(keys.down(press(code, 'Unidentified'))).toBe(false);
    expect(sent).toEqual([]);
  });
});

it('sends a held key once: the guest repeats it', () => {
  keys.down(press('KeyA'));
  keys.down(press('KeyA', 'a', { repeat: true }));
  keys.down(press('KeyA'));
  keys.up(press('KeyA'));
  keys.up(press('KeyA'));
  expect(sent).toEqual(['+1e', '-1e']);
});

it('takes no key that was already down when the desktop came to the front', () => {
  expect(keys.down(press('Enter', 'Enter', { repeat: true }))).toBe(true);
  expect(sent).toEqual([]);
});

describe('AltGr', () => {
  it('hides the Control that Windows adds', () => {
    keys.down(press('ControlLeft', 'Control', { states: ['Control'] }));
    keys.down(press('AltRight', 'AltGraph', { states: ['AltGraph'] }));
    keys.down(press('ControlLeft', 'Control', { repeat: true, states: ['AltGraph'] }));
    keys.down(press('AltRight', 'AltGraph', { repeat: true, states: ['AltGraph'] }));
    stroke('KeyE', '€', { states: ['AltGraph'] });
    keys.up(press('ControlLeft', 'Control', { states: ['AltGraph'] }));
    keys.up(press('AltRight', 'AltGraph'));
    expect(sent).toEqual(['+b8', '+12', '-12', '-b8']);
    expect(waiting).toEqual([]);
  });

  it('keeps a Control that was there before', () => {
    keys.down(press('ControlLeft', 'Control', { states: ['Control'] }));
    waiting.splice(0).forEach((each) => each());
    keys.down(press('AltRight', 'AltGraph', { states: ['AltGraph'] }));
    expect(sent).toEqual(['+1d', '+b8']);
  });

  it('lets Control and Alt stand for it, as Windows does', () => {
    keys.down(press('ControlLeft', 'Control', { states: ['Control'] }));
    keys.down(press('AltLeft', 'Alt', { states: ['Control', 'Alt'] }));
    stroke('KeyE', '€', { states: ['AltGraph'] });
    expect(sent).toEqual(['+1d', '+38', '+12', '-12']);
  });

  it('is an Alt where the layout here has none', () => {
    keys.down(press('AltRight', 'Alt', { states: ['Alt'] }));
    stroke('KeyE', 'e', { states: ['Alt'] });
    expect(sent).toEqual(['+b8', '+12', '-12']);
  });
});

it('sends Control before the key that it goes with, and alone soon after', () => {
  keys.down(press('ControlLeft', 'Control', { states: ['Control'] }));
  expect(sent).toEqual([]);
  keys.down(press('KeyC', 'c', { states: ['Control'] }));
  expect(sent.splice(0)).toEqual(['+1d', '+2e']);
  keys.clear();
  keys.down(press('ControlLeft', 'Control', { states: ['Control'] }));
  expect(keys.holds('ControlLeft')).toBe(true);
  waiting.splice(0).forEach((each) => each());
  expect(sent.splice(0)).toEqual(['+1d']);
  keys.up(press('ControlLeft', 'Control'));
  stroke('ControlLeft', 'Control');
  expect(sent).toEqual(['-1d', '+1d', '-1d']);
});

describe('input methods', () => {
  it('strikes 한/영 and 한자 whole, whatever their code', () => {
    for (const code of ['Lang1', 'AltRight', '']) stroke(code, 'HangulMode');
    for (const code of ['Lang2', 'ControlRight', '']) stroke(code, 'HanjaMode');
    keys.down(press('AltRight', 'HangulMode', { repeat: true }));
    expect(sent).toEqual(['+72', '-72', '+72', '-72', '+72', '-72', '+71', '-71', '+71', '-71', '+71', '-71']);
  });

  it('strikes the mode keys of Japanese keyboards whole', () => {
    keys.down(press('Backquote', 'Zenkaku'));
    keys.down(press('CapsLock', 'Alphanumeric'));
    keys.down(press('KanaMode', 'Hiragana'));
    expect(sent).toEqual(['+29', '-29', '+3a', '-3a', '+70', '-70']);
  });

  it('takes the physical key where an input method of this computer is on', () => {
    stroke('KeyG', 'Process');
    expect(sent).toEqual(['+22', '-22']);
  });

  it('leaves composing to the field behind the on-screen keyboard', () => {
    expect(keys.down(press('KeyG', 'Process'), true)).toBe(false);
    expect(keys.down(press('KeyG', 'ㅎ', { isComposing: true }), true)).toBe(false);
    expect(keys.up(press('KeyG', 'ㅎ', { isComposing: true }), true)).toBe(false);
    expect(keys.down(press('KeyG', 'g'), true)).toBe(true);
    expect(sent).toEqual(['+22']);
  });
});

describe('keys without a code', () => {
  it('go by their name', () => {
    stroke('', 'Enter');
    stroke('Unidentified', 'ArrowLeft');
    keys.down(press('', 'Shift', { states: ['Shift'] }));
    stroke('', 'A', { states: ['Shift'] });
    keys.up(press('', 'Shift'));
    expect(sent).toEqual(['+1c', '-1c', '+cb', '-cb', '+2a', '+1e', '-1e', '-2a']);
  });

  it('go by their character, unless a field makes text of it', () => {
    stroke('', '?');
    expect(sent.splice(0)).toEqual(['+2a', '+35', '-35', '-2a']);
    expect(keys.down(press('', 'a'), true)).toBe(false);
    expect(keys.down(press('', 'Backspace'), true)).toBe(true);
    expect(keys.down(press('', '한'))).toBe(false);
    expect(sent).toEqual(['+e']);
  });

  it('are what Caps Lock was made', () => {
    expect(physicalKey({ code: 'CapsLock', key: 'Control' })).toBe('ControlLeft');
    expect(physicalKey({ code: 'CapsLock', key: 'Escape' })).toBe('Escape');
    expect(physicalKey({ code: 'ControlLeft', key: 'CapsLock' })).toBe('CapsLock');
    expect(physicalKey({ code: 'CapsLock', key: 'CapsLock' })).toBe('CapsLock');
    expect(physicalKey({ code: 'AltRight', key: 'AltGraph' })).toBe('AltRight');
  });
});

describe('macOS', () => {
  beforeEach(() => {
    keys = make(true);
  });

  it('strikes keys under Command whole, for their release never comes', () => {
    keys.down(press('MetaLeft', 'Meta', { states: ['Meta'] }));
    keys.down(press('KeyC', 'c', { states: ['Meta'] }));
    keys.down(press('KeyC', 'c', { states: ['Meta'], repeat: true }));
    keys.up(press('MetaLeft', 'Meta'));
    expect(sent).toEqual(['+db', '+2e', '-2e', '+2e', '-2e', '-db']);
    expect(keys.anyHeld).toBe(false);
  });

  it('lets go of what was down before Command', () => {
    keys.down(press('KeyC', 'c'));
    keys.down(press('MetaLeft', 'Meta', { states: ['Meta'] }));
    keys.up(press('MetaLeft', 'Meta'));
    expect(sent).toEqual(['+2e', '+db', '-2e', '-db']);
  });

  it('switches Caps Lock at both of its halves', () => {
    keys.down(press('CapsLock', 'CapsLock', { states: ['CapsLock'] }));
    keys.up(press('CapsLock', 'CapsLock'));
    expect(sent).toEqual(['+3a', '-3a', '+3a', '-3a']);
  });
});

it('strikes Print Screen where only its release is reported', () => {
  keys.up(press('PrintScreen', 'PrintScreen'));
  stroke('PrintScreen', 'PrintScreen');
  expect(sent).toEqual(['+b7', '-b7', '+b7', '-b7']);
});

describe('repair', () => {
  it('lets go of a modifier whose release was lost, at the next key', () => {
    keys.down(press('ShiftLeft', 'Shift', { states: ['Shift'] }));
    stroke('KeyA', 'a');
    expect(sent).toEqual(['+2a', '-2a', '+1e', '-1e']);
  });

  it('lets go of it when the pointer comes', () => {
    keys.down(press('MetaLeft', 'Meta', { states: ['Meta'] }));
    keys.down(press('AltLeft', 'Alt', { states: ['Meta', 'Alt'] }));
    keys.repair(press('', '', { states: ['Alt'] }));
    expect(sent).toEqual(['+db', '+38', '-db']);
  });

  it('lets go of both Shifts where only one release is reported', () => {
    keys.down(press('ShiftLeft', 'Shift', { states: ['Shift'] }));
    keys.down(press('ShiftRight', 'Shift', { states: ['Shift'] }));
    keys.up(press('ShiftRight', 'Shift'));
    stroke('KeyA', 'a');
    expect(sent).toEqual(['+2a', '+36', '-36', '-2a', '+1e', '-1e']);
  });

  it('presses a modifier that went down in another window, or is sticky', () => {
    keys.down(press('KeyA', 'A', { states: ['Shift'] }));
    keys.up(press('KeyA', 'a'));
    stroke('KeyB', 'b');
    expect(sent).toEqual(['+2a', '+1e', '-1e', '-2a', '+30', '-30']);
  });

  it('keeps AltGr while the browser calls it so', () => {
    keys.down(press('AltRight', 'AltGraph', { states: ['AltGraph'] }));
    keys.repair(press('', '', { states: ['AltGraph'] }));
    expect(sent.splice(0)).toEqual(['+b8']);
    keys.repair(press('', ''));
    expect(sent).toEqual(['-b8']);
  });
});

describe('locks', () => {
  it('follow what was switched in another window', () => {
    stroke('KeyA', 'a');
    stroke('KeyA', 'A', { states: ['CapsLock'] });
    stroke('KeyA', 'A', { states: ['CapsLock'] });
    expect(sent).toEqual(['+1e', '-1e', '+3a', '-3a', '+1e', '-1e', '+1e', '-1e']);
  });

  it('are not switched twice by their own key', () => {
    stroke('KeyA', 'a');
    stroke('CapsLock', 'CapsLock', { states: ['CapsLock'] });
    stroke('KeyA', 'A', { states: ['CapsLock'] });
    stroke('CapsLock', 'CapsLock', { states: ['CapsLock'] });
    stroke('KeyA', 'a');
    expect(sent.filter((each) => each === '+3a')).toHaveLength(2);
  });
});

it('plays chords and types text', () => {
  keys.chord('ControlLeft', 'AltLeft', 'Delete');
  expect(sent.splice(0)).toEqual(['+1d', '+38', '+d3', '-d3', '-38', '-1d']);
  expect(keys.type('aB한')).toBe('한');
  expect(sent).toEqual(['+1e', '-1e', '+2a', '+30', '-30', '-2a']);
});

it('knows every printable ASCII character', () => {
  for (let code = 32; code < 127; code++) {
    const stroke = usKey(String.fromCharCode(code));
    expect(stroke && qnum(stroke.code), String.fromCharCode(code)).toBeGreaterThan(0);
  }
  expect(usKey('?')).toEqual({ code: 'Slash', shift: true });
});

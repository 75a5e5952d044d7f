/**
 * KeyboardEvent.code -> QEMU key number: the PC AT set 1 scan code, with 0x80 for those behind an 0xe0 prefix. After
 * keycodemapdb (gitlab.com/keycodemap/keycodemapdb); Lang1 and Lang2 (한/영 and 한자) as measured against QEMU.
 */
const table: Readonly<Record<string, number>> = {
  Escape: 0x01, Digit1: 0x02, Digit2: 0x03, Digit3: 0x04, Digit4: 0x05, Digit5: 0x06, Digit6: 0x07, Digit7: 0x08, Digit8: 0x09,
  Digit9: 0x0a, Digit0: 0x0b, Minus: 0x0c, Equal: 0x0d, Backspace: 0x0e, NumpadBackspace: 0x0e, Tab: 0x0f,
  KeyQ: 0x10, KeyW: 0x11, KeyE: 0x12, KeyR: 0x13, KeyT: 0x14, KeyY: 0x15, KeyU: 0x16, KeyI: 0x17, KeyO: 0x18, KeyP: 0x19,
  BracketLeft: 0x1a, BracketRight: 0x1b, Enter: 0x1c, ControlLeft: 0x1d,
  KeyA: 0x1e, KeyS: 0x1f, KeyD: 0x20, KeyF: 0x21, KeyG: 0x22, KeyH: 0x23, KeyJ: 0x24, KeyK: 0x25, KeyL: 0x26, Semicolon: 0x27,
  Quote: 0x28, Backquote: 0x29, ShiftLeft: 0x2a, Backslash: 0x2b,
  KeyZ: 0x2c, KeyX: 0x2d, KeyC: 0x2e, KeyV: 0x2f, KeyB: 0x30, KeyN: 0x31, KeyM: 0x32, Comma: 0x33, Period: 0x34, Slash: 0x35,
  ShiftRight: 0x36, NumpadMultiply: 0x37, NumpadStar: 0x37, AltLeft: 0x38, Space: 0x39, CapsLock: 0x3a,
  F1: 0x3b, F2: 0x3c, F3: 0x3d, F4: 0x3e, F5: 0x3f, F6: 0x40, F7: 0x41, F8: 0x42, F9: 0x43, F10: 0x44, NumLock: 0x45, ScrollLock: 0x46,
  Numpad7: 0x47, Numpad8: 0x48, Numpad9: 0x49, NumpadSubtract: 0x4a, Numpad4: 0x4b, Numpad5: 0x4c, Numpad6: 0x4d, NumpadAdd: 0x4e,
  Numpad1: 0x4f, Numpad2: 0x50, Numpad3: 0x51, Numpad0: 0x52, NumpadDecimal: 0x53,
  IntlBackslash: 0x56, F11: 0x57, F12: 0x58, NumpadEqual: 0x59,
  F13: 0x5d, F14: 0x5e, F15: 0x5f, F16: 0x55, F17: 0x83, F18: 0xf7, F19: 0x84, F20: 0x5a, F21: 0x74, F22: 0xf9, F23: 0x6d, F24: 0x6f,
  Open: 0x64, Paste: 0x65, KanaMode: 0x70, Lang2: 0x71, Lang1: 0x72, IntlRo: 0x73, Lang4: 0x77, Hiragana: 0x77, Convert: 0x79,
  NonConvert: 0x7b, IntlYen: 0x7d, NumpadComma: 0x7e,
  Again: 0x85, Props: 0x86, Undo: 0x87, MediaTrackPrevious: 0x90, MediaTrackNext: 0x99, NumpadEnter: 0x9c, ControlRight: 0x9d,
  AudioVolumeMute: 0xa0, VolumeMute: 0xa0, LaunchApp2: 0xa1, MediaPlayPause: 0xa2, MediaStop: 0xa4, AudioVolumeDown: 0xae, VolumeDown: 0xae,
  AudioVolumeUp: 0xb0, VolumeUp: 0xb0, BrowserHome: 0xb2, NumpadDivide: 0xb5, PrintScreen: 0xb7, AltRight: 0xb8, Cut: 0xbc, Find: 0xc1,
  Pause: 0xc6, Home: 0xc7, ArrowUp: 0xc8, PageUp: 0xc9, ArrowLeft: 0xcb, ArrowRight: 0xcd, End: 0xcf, ArrowDown: 0xd0, PageDown: 0xd1,
  Insert: 0xd2, Delete: 0xd3, MetaLeft: 0xdb, OSLeft: 0xdb, MetaRight: 0xdc, OSRight: 0xdc, ContextMenu: 0xdd,
  BrowserFavorites: 0xe6, BrowserRefresh: 0xe7, BrowserStop: 0xe8, BrowserForward: 0xe9,
  BrowserBack: 0xea, LaunchApp1: 0xeb, LaunchMail: 0xec, MediaSelect: 0xed, Help: 0xf5, Copy: 0xf8,
};

/** The QEMU key number of `code`, or undefined for a key that a PC does not have. */
export function qnum(code: string): number | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/** Modifiers by KeyboardEvent.key, for events that say no code. */
const leftOf: Readonly<Record<string, string>> = { Shift: 'ShiftLeft', Control: 'ControlLeft', Alt: 'AltLeft', AltGraph: 'AltRight', Meta: 'MetaLeft' };

/**
 * The code of the key that was meant. That is the event's own, but for events without one (on-screen keyboards, remote controls),
 * where the name of the key has to do, and for Caps Lock where the person made it something else: that key has no light to keep.
 */
export function physicalKey({ code, key }: { readonly code: string; readonly key: string }): string {
  const none = code === '' || code === 'Unidentified';
  const moved = code === 'CapsLock' ? key in leftOf || key === 'Escape' || key === 'Backspace' : key === 'CapsLock' && code.startsWith('Control');
  if (!none && !moved) return code;
  return Object.hasOwn(leftOf, key) ? (leftOf[key] ?? key) : key;
}

const shifted = '~!@#$%^&*()_+{}|:"<>?';
const plain = '`1234567890-=[]\\;\',./';
const named: Readonly<Record<string, string>> = {
  '`': 'Backquote', '-': 'Minus', '=': 'Equal', '[': 'BracketLeft', ']': 'BracketRight', '\\': 'Backslash', ';': 'Semicolon',
  "'": 'Quote', ',': 'Comma', '.': 'Period', '/': 'Slash', ' ': 'Space', '\n': 'Enter', '\t': 'Tab',
};

/** The key that types `character` on a US keyboard, or undefined: for on-screen keyboards, which say no codes. */
export function usKey(character: string): { readonly code: string; readonly shift: boolean } | undefined {
  const at = shifted.indexOf(character);
  const base = at >= 0 ? (plain[at] ?? '') : character.toLowerCase();
  const shift = at >= 0 || (character !== base && /^[A-Z]$/.test(character));
  if (/^[a-z]$/.test(base)) return { code: `Key${base.toUpperCase()}`, shift };
  if (/^[0-9]$/.test(base)) return { code: `Digit${base}`, shift };
  const code = named[base];
  return code === undefined ? undefined : { code, shift };
}

/** One key, with what is held meanwhile. */
export interface Stroke {
  readonly code: string;
  readonly shift?: boolean;
  readonly altGraph?: boolean;
}

/** Layouts of keyboards that text can be typed on, as XKB calls them. */
export const layoutNames = ['us', 'gb', 'kr', 'jp', 'de', 'fr', 'es', 'it'] as const;
export type LayoutName = (typeof layoutNames)[number];

export function isLayoutName(name: string | null | undefined): name is LayoutName {
  return layoutNames.includes(name as LayoutName);
}

/** The keys that write, row by row. */
const rows: readonly (readonly string[])[] = [
  ['Backquote', 'Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit7', 'Digit8', 'Digit9', 'Digit0', 'Minus', 'Equal', 'IntlYen'],
  ['KeyQ', 'KeyW', 'KeyE', 'KeyR', 'KeyT', 'KeyY', 'KeyU', 'KeyI', 'KeyO', 'KeyP', 'BracketLeft', 'BracketRight'],
  ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyH', 'KeyJ', 'KeyK', 'KeyL', 'Semicolon', 'Quote', 'Backslash'],
  ['IntlBackslash', 'KeyZ', 'KeyX', 'KeyC', 'KeyV', 'KeyB', 'KeyN', 'KeyM', 'Comma', 'Period', 'Slash', 'IntlRo'],
];

/** What each row's keys give: alone, with Shift, with AltGr; a space for none. `dead` keys give nothing until the next one. */
interface Layout {
  readonly plain: readonly string[];
  readonly shift: readonly string[];
  readonly altGraph?: readonly string[];
  readonly dead?: string;
}

const us: Layout = {
  plain: ['`1234567890-=', 'qwertyuiop[]', "asdfghjkl;'\\", ' zxcvbnm,./'],
  shift: ['~!@#$%^&*()_+', 'QWERTYUIOP{}', 'ASDFGHJKL:"|', ' ZXCVBNM<>?'],
};

const layouts: Readonly<Record<LayoutName, Layout>> = {
  us,
  kr: us,
  gb: {
    plain: ['`1234567890-=', 'qwertyuiop[]', "asdfghjkl;'#", '\\zxcvbnm,./'],
    shift: ['¬!"£$%^&*()_+', 'QWERTYUIOP{}', 'ASDFGHJKL:@~', '|ZXCVBNM<>?'],
    altGraph: ['    €'],
  },
  jp: {
    plain: [' 1234567890-^\\', 'qwertyuiop@[', 'asdfghjkl;:]', ' zxcvbnm,./\\'],
    shift: [' !"#$%&\'() =~|', 'QWERTYUIOP`{', 'ASDFGHJKL+*}', ' ZXCVBNM<>?_'],
  },
  de: {
    plain: ['^1234567890ß´', 'qwertzuiopü+', 'asdfghjklöä#', '<yxcvbnm,.-'],
    shift: ['°!"§$%&/()=?`', 'QWERTZUIOPÜ*', "ASDFGHJKLÖÄ'", '>YXCVBNM;:_'],
    altGraph: ['  ²³   {[]}\\', '@ €        ~', '', '|      µ'],
    dead: '^´`',
  },
  fr: {
    plain: ['²&é"\'(-è_çà)=', 'azertyuiop^$', 'qsdfghjklmù*', '<wxcvbn,;:!'],
    shift: [' 1234567890°+', 'AZERTYUIOP¨£', 'QSDFGHJKLM%µ', '>WXCVBN?./§'],
    altGraph: ['  ~#{[|`\\^@]}', '  €'],
    dead: '^¨',
  },
  es: {
    plain: ["º1234567890'¡", 'qwertyuiop`+', 'asdfghjklñ´ç', '<zxcvbnm,.-'],
    shift: ['ª!"·$%&/()=?¿', 'QWERTYUIOP^*', 'ASDFGHJKLÑ¨Ç', '>ZXCVBNM;:_'],
    altGraph: ['\\|@#~ ¬', '  €       []', '          {}'],
    dead: '`^´¨',
  },
  it: {
    plain: ["\\1234567890'ì", 'qwertyuiopè+', 'asdfghjklòàù', '<zxcvbnm,.-'],
    shift: ['|!"£$%&/()=?^', 'QWERTYUIOPé*', 'ASDFGHJKLç°§', '>ZXCVBNM;:_'],
    altGraph: ['', '  €       []', '         @#'],
  },
};

/** Marks over letters (Unicode's combining ones), and the dead key of each. */
const marks: Readonly<Record<string, string>> = { '̀': '`', '́': '´', '̂': '^', '̈': '¨' };

/** The letters of 두벌식 (KS X 5002) as keys of a US keyboard: first consonants, vowels and last consonants in Unicode's order (chapter 3.12), then those that stand alone. */
const initials = ['r', 'R', 's', 'e', 'E', 'f', 'a', 'q', 'Q', 't', 'T', 'd', 'w', 'W', 'c', 'z', 'x', 'v', 'g'];
const vowels = ['k', 'o', 'i', 'O', 'j', 'p', 'u', 'P', 'h', 'hk', 'ho', 'hl', 'y', 'n', 'nj', 'np', 'nl', 'b', 'm', 'ml', 'l'];
const finals = ['', 'r', 'R', 'rt', 's', 'sw', 'sg', 'e', 'f', 'fr', 'fa', 'fq', 'ft', 'fx', 'fv', 'fg', 'a', 'q', 'qt', 't', 'T', 'd', 'w', 'c', 'z', 'x', 'v', 'g'];
const consonants = ['r', 'R', 'rt', 's', 'sw', 'sg', 'e', 'E', 'f', 'fr', 'fa', 'fq', 'ft', 'fx', 'fv', 'fg', 'a', 'q', 'Q', 'qt', 't', 'T', 'd', 'w', 'W', 'c', 'z', 'x', 'v', 'g'];
const firstSyllable = 0xac00;
const firstJamo = 0x3131;

/** The keys that write a syllable or a letter of Hangul; undefined for anything else. */
function hangul(character: string): string | undefined {
  const syllable = character.charCodeAt(0) - firstSyllable;
  if (syllable >= 0 && syllable < 11_172) {
    return `${initials[Math.floor(syllable / 588)] ?? ''}${vowels[Math.floor((syllable % 588) / 28)] ?? ''}${finals[syllable % 28] ?? ''}`;
  }
  const jamo = character.charCodeAt(0) - firstJamo;
  return jamo < 0 ? undefined : consonants[jamo] ?? vowels[jamo - consonants.length];
}

const maps = new Map<LayoutName, ReadonlyMap<string, Stroke>>();

function mapOf(name: LayoutName): ReadonlyMap<string, Stroke> {
  let map = maps.get(name);
  if (!map) {
    const made = new Map<string, Stroke>([[' ', { code: 'Space' }], ['\n', { code: 'Enter' }], ['\t', { code: 'Tab' }]]);
    const { plain, shift, altGraph = [] } = layouts[name];
    for (const [level, held] of [[plain, {}], [shift, { shift: true }], [altGraph, { altGraph: true }]] as const) {
      level.forEach((characters, row) => [...characters].forEach((character, place) => {
        const code = rows[row]?.[place];
        if (code !== undefined && !made.has(character)) made.set(character, { code, ...held });
      }));
    }
    maps.set(name, map = made);
  }
  return map;
}

/** The keys that write a character on this layout; undefined where none do. */
function strokesOf(character: string, name: LayoutName): readonly Stroke[] | undefined {
  const map = mapOf(name);
  const dead = layouts[name].dead ?? '';
  const key = map.get(character);
  if (key) return dead.includes(character) ? [key, { code: 'Space' }] : [key];
  const [letter = '', mark = '', ...more] = character.normalize('NFD');
  const over = marks[mark];
  const [first, second] = [over === undefined || !dead.includes(over) ? undefined : map.get(over), map.get(letter)];
  return first && second && more.length === 0 ? [first, second] : undefined;
}

/** What is typed of a text, character by character, and what cannot be. Hangul is typed in the mode that 한/영 switches to; the keyboard is back in the other one at the end. */
export function plan(text: string, name: LayoutName): { readonly steps: readonly (readonly Stroke[])[]; readonly left: string } {
  const steps: (readonly Stroke[])[] = [];
  let left = '';
  let korean = false;
  const speak = (wanted: boolean): void => {
    if (wanted !== korean) steps.push([{ code: 'Lang1' }]);
    korean = wanted;
  };
  for (const character of text.normalize('NFC').replaceAll('\r\n', '\n')) {
    const letters = name === 'kr' ? hangul(character) : undefined;
    const strokes = letters === undefined ? strokesOf(character, name) : [...letters].flatMap((letter) => strokesOf(letter, 'us') ?? []);
    if (!strokes) left += character;
    else {
      // A space or a full stop is the same in both.
      if (letters !== undefined || /[A-Za-z]/.test(character)) speak(letters !== undefined);
      steps.push(strokes);
    }
  }
  speak(false);
  return { steps, left };
}

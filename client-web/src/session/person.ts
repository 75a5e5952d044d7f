/** How the person's own computer is set, for a desktop that shall be like it. */
export interface PersonSettings {
  /** BCP 47. */
  readonly language: string;
  /** IANA. */
  readonly timeZone: string;
  /** As XKB calls it; undefined to leave the desktop's. */
  readonly layout: string | undefined;
}

/** Languages whose keyboards have a layout of their own, and a key by which to know it: people read German with American keyboards, too. */
const layouts: Readonly<Record<string, readonly [layout: string, code?: string, character?: string]>> = {
  ko: ['kr'],
  ja: ['jp'],
  de: ['de', 'KeyY', 'z'],
  fr: ['fr', 'KeyQ', 'a'],
  es: ['es', 'Semicolon', 'ñ'],
  it: ['it', 'Semicolon', 'ò'],
  pt: ['pt', 'Semicolon', 'ç'],
  sv: ['se', 'BracketLeft', 'å'],
  da: ['dk', 'BracketLeft', 'å'],
  nb: ['no', 'BracketLeft', 'å'],
  fi: ['fi', 'BracketLeft', 'å'],
  pl: ['pl'],
  cs: ['cz', 'KeyY', 'z'],
  hu: ['hu', 'KeyY', 'z'],
};

/** What a key gives on this keyboard (Keyboard Map, https://wicg.github.io/keyboard-map/); undefined where the browser does not say. */
export type KeyMap = { get(code: string): string | undefined } | undefined;

/** The layout that the keyboard of somebody who speaks `language` most likely has. Where only fingers point there is none, and what is typed comes by the keys of an American one. */
export function layoutOf(language: string, keys: KeyMap, onlyTouch = false): string {
  const [spoken = '', ...more] = language.toLowerCase().split('-');
  if (onlyTouch && spoken !== 'ko') return 'us';
  const british = spoken === 'en' && more.includes('gb');
  const [layout, code, character] = layouts[spoken] ?? [british ? 'gb' : 'us'];
  // Where the keyboard can be asked it has the last word, and all that is known of others is that they are none of these.
  return code === undefined || keys === undefined || keys.get(code) === character ? layout : 'us';
}

/** Those that this client speaks: who chose one of them here wants it there, whatever the browser says. */
const offered: readonly string[] = ['en', 'ko'];

/** The language that somebody wants who sees this page in `shown`, and whose browser prefers these. */
export function languageOf(shown: string, preferred: readonly string[]): string {
  const first = preferred[0] ?? shown;
  return offered.includes(first.slice(0, 2)) ? preferred.find((language) => language.startsWith(shown)) ?? shown : first;
}

/** As the browser says; never rejects. */
export async function personSettings(shown: string): Promise<PersonSettings> {
  const language = languageOf(shown, navigator.languages);
  return { language, timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone, layout: layoutOf(language, await keyMap(), !matchMedia('(any-pointer: fine)').matches) };
}

async function keyMap(): Promise<KeyMap> {
  const keyboard = (navigator as { readonly keyboard?: { getLayoutMap?(): Promise<KeyMap> } }).keyboard;
  try {
    return await keyboard?.getLayoutMap?.();
  } catch {
    return undefined;
  }
}

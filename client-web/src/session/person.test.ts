import { expect, it } from 'vitest';
import { languageOf, layoutOf } from './person';

const keys = (map: Readonly<Record<string, string>>) => ({ get: (code: string) => map[code] });

it('knows the layout by the language', () => {
  expect(['ko-KR', 'ko', 'en-US', 'en-GB', 'de-DE', 'ja', 'eo', ''].map((language) => layoutOf(language, undefined))).toEqual(['kr', 'kr', 'us', 'gb', 'de', 'jp', 'us', 'us']);
});

it('takes the language that was chosen here, where this client has the browser\'s', () => {
  expect(languageOf('ko', ['ko-KR', 'en-US'])).toBe('ko-KR');
  expect(languageOf('ko', ['en-US'])).toBe('ko');
  expect(languageOf('en', ['fr-FR', 'en-US'])).toBe('fr-FR');
  expect(languageOf('en', [])).toBe('en');
});

it('believes the keyboard more than the language', () => {
  expect(layoutOf('de-AT', keys({ KeyY: 'z' }))).toBe('de');
  expect(layoutOf('de-AT', keys({ KeyY: 'y' }))).toBe('us');
  expect(layoutOf('fr-CA', keys({ KeyQ: 'q' }))).toBe('us');
  expect(layoutOf('ko-KR', keys({ KeyQ: 'q' }))).toBe('kr');
  expect(['de-DE', 'ko-KR'].map((language) => layoutOf(language, undefined, true))).toEqual(['us', 'kr']);
});

import { expect, it } from 'vitest';
import { appTitle } from './app-title';

it.each([
  ['', 'Writer', 'Writer'],
  ['  ', 'Writer', 'Writer'],
  ['letter.odt', 'Writer', 'letter.odt – Writer'],
  ['letter.odt - LibreOffice WRITER', 'Writer', 'letter.odt - LibreOffice WRITER'],
  ['계획', '한글', '계획 – 한글'],
])('%j of %s: %s', (title, name, shown) => expect(appTitle(title, name)).toBe(shown));

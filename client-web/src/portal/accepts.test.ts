import { expect, it } from 'vitest';
import { offeredFor, takes } from './accepts';

const odt = 'application/vnd.oasis.opendocument.text';

it.each<[string, string, string[], boolean]>([
  ['a.odt', odt, [odt], true],
  ['a.ODT', '', [odt], true],
  ['a.png', 'image/png', [odt], false],
  ['a.png', 'image/png', ['image/*'], true],
  ['a.png', 'IMAGE/PNG', ['image/png'], true],
  ['a.xcf', '', ['application/pdf'], false],
  ['a.html', 'text/html', ['text/plain'], true],
  ['a.txt', 'text/plain;charset=utf-8', ['text/plain'], true],
  ['a.txt', 'text/plain', ['text/html'], false],
  ['a', '', [odt], true],
  ['a.dat', 'application/octet-stream', [odt], true],
  ['a', '', [], false],
  ['a.png', 'image/png', ['*/*'], true],
])('%s of %j for %j: %s', (name, type, types, wanted) => expect(takes(types, { name, type })).toBe(wanted));

it('offers by type, and by the endings that it knows', () => expect(offeredFor([odt, 'image/png'])).toBe(`${odt},image/png,.odt`));

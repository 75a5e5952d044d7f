import { expect, it } from 'vitest';
import type { Desktop, SessionPhase } from '../api/types';
import { found, sectionsOf } from './sections';

interface Has {
  readonly category?: string | null;
  readonly version?: string;
  readonly state?: SessionPhase;
  readonly since?: string;
  readonly favourite?: boolean;
  readonly lastUsed?: string;
  readonly description?: string;
}

/** An application, where `category` is said; else a desktop. */
function item(name: string, { category, version, state, since = '2026-01-01T00:00:00Z', ...has }: Has = {}): Desktop {
  const app = category === undefined ? null : { version: version ?? null, category, icon: null, fileTypes: [], parameters: [], shared: false };
  return { id: name, name, description: '', ...has, app, session: state === undefined ? null : { state, since } } as unknown as Desktop;
}

const told = (items: readonly Desktop[]) => sectionsOf(items, 'en').map(({ kind, category, items: those }) => `${category ?? kind}: ${those.map(({ name, app }) => name + (app?.version ?? '')).join(' ')}`);

const some = [
  item('Writer', { category: 'Office' }), item('Calc', { category: 'Office' }), item('Paint', { category: 'Graphics' }), item('Notes', { category: null }),
  item('Debian'), item('Browser', { category: 'Internet', favourite: true }),
  item('Old', { category: 'Office', lastUsed: '2026-01-01T00:00:00Z' }), item('New', { category: 'Office', lastUsed: '2026-03-01T00:00:00Z' }),
  item('First', { state: 'disconnected', since: '2026-01-01T00:00:00Z' }), item('Second', { category: 'Office', state: 'queued', since: '2026-02-01T00:00:00Z', favourite: true }),
];

it('puts what runs before favourites, those before what was used last, and the rest by name', () => {
  expect(told(some)).toEqual(['running: Second First', 'favourites: Browser', 'recent: New Old', 'rest: Calc Debian Notes Paint Writer']);
});

it('has much of the rest by category', () => {
  const more = Array.from({ length: 9 }, (_, at) => item(`x${at}`, { category: 'Office' }));
  expect(told([...some, ...more]).slice(3)).toEqual(['desktops: Debian', 'Graphics: Paint', `Office: Calc Writer ${more.map(({ name }) => name).join(' ')}`, 'applications: Notes']);
});

it('has one grid without headings for a few, in the same order', () => {
  expect(told([item('b'), item('a'), item('c', { category: 'X', favourite: true }), item('d', { state: 'connected' })])).toEqual(['all: d c a b']);
  expect(told([])).toEqual([]);
  expect(told(Array.from({ length: 9 }, (_, at) => item(`d${at + 1}`)))).toEqual(['all: d1 d2 d3 d4 d5 d6 d7 d8 d9']);
});

it('keeps versions of one application beside each other, in their order', () => {
  expect(told([item('Writer', { category: 'Office', version: '24.10' }), item('Writer', { category: 'Office', version: '24.2' })])).toEqual(['all: Writer24.2 Writer24.10']);
});

it('lifts out only some of those used last', () => {
  const used = Array.from({ length: 8 }, (_, at) => item(`u${at}`, { category: 'X', lastUsed: `2026-01-0${at + 1}T00:00:00Z` }));
  expect(told(used)).toEqual(['recent: u7 u6 u5 u4', 'rest: u0 u1 u2 u3']);
});

it('takes what has ended for what does not run', () => expect(told([item('a', { state: 'ended' }), item('b', { state: 'connected' })])).toEqual(['all: b a']));

it('finds by every word, in name, version, description and category', () => {
  const items = [item('Writer', { category: 'Office', version: '24.2', description: 'Letters and books' }), item('한글', { category: '사무' }), item('Debian', { description: 'A desktop' })];
  const names = (search: string) => found(items, search).map(({ name }) => name);
  expect(names(' OFFICE wri ')).toEqual(['Writer']);
  expect(names('24.2 books')).toEqual(['Writer']);
  expect(names('한글'.normalize('NFD'))).toEqual(['한글']);
  expect(names('')).toHaveLength(3);
  expect(names('none')).toEqual([]);
});

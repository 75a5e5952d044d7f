import { expect, it } from 'vitest';
import type { AppEntry, AppPool } from '../../api/apps';
import { badSlug, categoryOf, changeOf, fieldsOf, linkState, localTime, published, requestOf, settingsOf, slugFor } from './model';
import type { Published } from './model';

const entry: AppEntry = { entry: 'libreoffice-writer.desktop', name: 'LibreOffice Writer', comment: 'Letters', command: '/usr/bin/soffice', arguments: ['--writer'], folder: null, categories: ['X-Odd', 'Office', 'WordProcessor'], fileTypes: ['text/rtf'], icon: 'aWNvbg==', terminal: false };

it('makes addresses of names, and numbers where they are taken', () => {
  expect(slugFor(entry, new Set())).toBe('libreoffice-writer');
  expect(slugFor(entry, new Set(['libreoffice-writer', 'libreoffice-writer-2']))).toBe('libreoffice-writer-3');
  expect(slugFor({ entry: 'org.hwp.Viewer.desktop', name: '한글' }, new Set())).toBe('org-hwp-viewer');
  expect(slugFor({ entry: '뷰어.desktop', name: '뷰어' }, new Set())).toBe('app');
  expect(slugFor({ entry: 'a', name: 'x'.repeat(100) }, new Set())).toHaveLength(60);
});

it.each([['writer', undefined], ['Writer', 'bad-name'], ['', 'bad-name'], ['-a', 'bad-name'], ['a'.repeat(65), 'bad-name'], ['there', 'name-taken']])('%j as an address: %s', (slug, why) => expect(badSlug(slug, new Set(['there']))).toBe(why));

it('takes the first category that people know', () => {
  expect(categoryOf(entry)).toBe('Office');
  expect(categoryOf({ categories: ['toString', 'X'] })).toBeNull();
});

it('publishes what the entry says, for nobody or for everybody', () => {
  const wish = { entry, name: ' Writer ', slug: 'writer', version: ' ' };
  expect(settingsOf(wish, 'office', false)).toEqual({
    name: 'Writer', description: 'Letters', kind: 'floating', image: 'office', access: [], policy: null,
    app: { command: '/usr/bin/soffice', arguments: ['--writer'], folder: null, version: null, category: 'Office', fileTypes: ['text/rtf'], parameters: [], open: true, shared: false, embed: [], icon: 'aWNvbg==' },
  });
  expect(settingsOf({ ...wish, version: '24.2' }, 'office', true)).toMatchObject({ access: [{ kind: 'role', name: 'user' }], app: { version: '24.2' } });
});

const pool = { id: 'writer', deleted: null, settings: { name: 'Writer', description: null, app: { ...settingsOf({ entry, name: 'Writer', slug: 'writer', version: '24.2' }, 'office', false).app, parameters: [{ name: 'host', label: 'Host', pattern: null, argument: '--host={value}' }], embed: ['https://shop.test'] } } } as unknown as Published;

it('comes back from a form as it was', () => {
  expect(changeOf(fieldsOf(pool))).toEqual({ name: 'Writer', description: '', app: pool.settings.app });
});

it('reads lines, and origins of addresses', () => {
  const fields = { ...fieldsOf(pool), arguments: 'a b\n c\n', fileTypes: 'image/png, image/*\n\n', embed: 'https://shop.test/orders?x\nhttps://b.test:8443/\nodd', version: '', parameters: [{ name: ' doc ', label: '', pattern: '[0-9]+', argument: '{value}' }] };
  expect(changeOf(fields).app).toMatchObject({ arguments: ['a b', ' c'], fileTypes: ['image/png', 'image/*'], embed: ['https://shop.test', 'https://b.test:8443', 'odd'], version: null, parameters: [{ name: 'doc', label: 'doc', pattern: '[0-9]+', argument: '{value}' }] });
});

it('knows pools with an application from others, and from those in the recycle bin', () => {
  const pools = [pool, { ...pool, id: 'gone', deleted: '2026-01-01' }, { id: 'desktops', deleted: null, settings: { app: null } }, { id: 'old', deleted: null, settings: {} }] as unknown as AppPool[];
  expect(published(pools).map(({ id }) => id)).toEqual(['writer']);
});

it('asks for links with what the form says', () => {
  const at = new Date('2026-12-01T10:30:00Z');
  const fields = { name: ' For Kim ', expires: localTime(at), maxUses: '', clipboard: true, files: false, minutes: '', arguments: { host: 'web1', user: '' } };
  expect(requestOf(fields)).toEqual({ name: 'For Kim', expires: at.toISOString(), maxUses: null, clipboard: true, files: false, minutes: null, arguments: { host: 'web1' } });
  expect(requestOf({ ...fields, maxUses: '3', minutes: '30' })).toMatchObject({ maxUses: 3, minutes: 30 });
});

it('says why links are of no use', () => expect([null, 'link-expired', 'link-used-up', 'link-revoked'].map((problem) => linkState({ problem }))).toEqual(['good', 'expired', 'used-up', 'revoked']));

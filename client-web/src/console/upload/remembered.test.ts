import { expect, it } from 'vitest';
import { isSame, RememberedUploads } from './remembered';

function storage(content: string | null = null) {
  return { content, getItem() { return this.content; }, setItem(_: string, value: string) { this.content = value; } };
}

const upload = (id: string) => ({ id, name: 'a.qcow2', size: 5, lastModified: 7, wish: { name: 'a' } });

it('keeps the newest first and one of each, across a reload', () => {
  const kept = storage();
  const uploads = new RememberedUploads(kept);
  uploads.keep(upload('1'));
  uploads.keep(upload('2'));
  uploads.keep(upload('1'));
  expect(new RememberedUploads(kept).all().map(({ id }) => id)).toEqual(['1', '2']);
  uploads.forget('1');
  expect(uploads.all().map(({ id }) => id)).toEqual(['2']);
});

it.each(['{', '7', '[1, null, {}]'])('starts anew where what is kept cannot be read: %s', (content) => {
  expect(new RememberedUploads(storage(content)).all()).toEqual([]);
});

it('works without storage', () => {
  const uploads = new RememberedUploads({ getItem: () => { throw new Error('none'); }, setItem: () => { throw new Error('none'); } });
  uploads.keep(upload('1'));
  expect(uploads.all()).toEqual([]);
});

it('knows a file again by its name, size and time', () => {
  expect(isSame(upload('1'), { name: 'a.qcow2', size: 5, lastModified: 7 })).toBe(true);
  expect(isSame(upload('1'), { name: 'a.qcow2', size: 5, lastModified: 8 })).toBe(false);
});

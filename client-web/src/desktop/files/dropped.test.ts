import { expect, it } from 'vitest';
import { carriesFiles, droppedOf } from './dropped';

const item = (kind: string, name: string, isDirectory: boolean) => ({ kind, webkitGetAsEntry: () => ({ name, isDirectory }), getAsFile: () => new File(['x'], name) });

it('tells folders from files, and leaves text alone', () => {
  const items = [item('file', 'a.txt', false), item('string', 'words', false), item('file', 'pictures', true)] as unknown as DataTransferItemList;
  const { files, folders } = droppedOf({ items });
  expect(files.map(({ name }) => name)).toEqual(['a.txt']);
  expect(folders).toEqual(['pictures']);
});

it('takes what a browser cannot say more of for a file', () => {
  const bare = { kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => new File(['x'], 'a') };
  expect(droppedOf({ items: [bare] as unknown as DataTransferItemList }).files).toHaveLength(1);
});

it('knows whether files are dragged', () => {
  expect([carriesFiles({ types: ['text/plain', 'Files'] }), carriesFiles({ types: ['text/html'] }), carriesFiles(null)]).toEqual([true, false, false]);
});

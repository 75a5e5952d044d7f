import { expect, it } from 'vitest';
import { clipboardKind, WireError } from '../wire/messages';
import { readServerMessage } from '../wire/reader';
import { CopiedReceiver, copiedText, parts, textOf } from './clipboard';
import type { Copied } from './clipboard';

const nowhere = { width: 0, height: 0 };

/** What the host would send of it: the same layout under another number. */
function come(copied: Copied): Copied[] {
  const receiver = new CopiedReceiver();
  return [...parts(copied)].flatMap((part) => {
    part[0] = 0x08;
    const piece = readServerMessage(part, nowhere);
    return (piece.type === 'clipboard' && receiver.take(piece)) || [];
  });
}

it('takes text and pictures of any size through parts', () => {
  expect(textOf(come(copiedText('안녕\r\nhello'))[0]!)).toBe('안녕\nhello');
  const picture = { kind: clipboardKind.png, bytes: Uint8Array.from({ length: 100_000 }, (_, i) => i % 251) };
  expect(come(picture)).toEqual([picture]);
  expect(come(copiedText(''))).toEqual([copiedText('')]);
});

it('makes parts that the hub takes', () => {
  for (const part of parts({ kind: clipboardKind.png, bytes: new Uint8Array(50_000) })) expect(part.length).toBeLessThanOrEqual(12 * 1024);
});

it('begins anew with every first part and refuses what does not come next', () => {
  const receiver = new CopiedReceiver();
  const piece = { type: 'clipboard', kind: clipboardKind.text, total: 4, offset: 0, bytes: new Uint8Array([97, 98]) } as const;
  expect(receiver.take(piece)).toBeUndefined();
  expect(receiver.take(piece)).toBeUndefined();
  expect(() => receiver.take({ ...piece, offset: 3, bytes: new Uint8Array(1) })).toThrow(WireError);
  expect(receiver.take({ ...piece, offset: 2 })).toMatchObject({ kind: clipboardKind.text });
  expect(() => receiver.take({ ...piece, offset: 2 })).toThrow(WireError);
  expect(() => receiver.take({ ...piece, total: 2 ** 31 })).toThrow(WireError);
});

it('reads parts only as they may be', () => {
  expect(() => readServerMessage(new Uint8Array([8, 3, 1, 0, 0, 0, 0, 0, 0, 0, 1]), nowhere)).toThrow(WireError);
  expect(() => readServerMessage(new Uint8Array([8, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1]), nowhere)).toThrow(WireError);
  expect(() => readServerMessage(new Uint8Array([8, 1, 1, 0, 0, 0, 0, 0, 0, 0]), nowhere)).toThrow(WireError);
});

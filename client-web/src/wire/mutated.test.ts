import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { maxMoves, maxRawLength, maxServerMessage, WireError } from './messages';
import type { ServerMessage } from './messages';
import { readServerMessage } from './reader';
import { Mutations } from './testing';

// The server's messages as tests/golden/wire freezes them, with something wrong in them: a hostile host says them. See tests/Vdi.Fuzz.

const folder = join(import.meta.dirname, '../../../tests/golden/wire');
const golden = readdirSync(folder).filter((name) => name.endsWith('.hex'))
  .map((name) => new Uint8Array(Buffer.from(readFileSync(join(folder, name), 'utf8').replace(/\s+/g, ''), 'hex')))
  .filter((bytes) => bytes[0]! < 0x80);
const screen = { width: 1280, height: 800 };

/** What of a message was made anew, in bytes and objects: never more than it has bytes. */
function weight(message: ServerMessage): number {
  switch (message.type) {
    case 'frame': return message.moves.length + message.fills.length + message.spans.length + message.images.length + message.blob.length;
    case 'cursor': return message.pixels.length;
    case 'welcome': return message.secret.length + message.name.length;
    case 'bye': return message.text.length;
    default: return 1;
  }
}

it.each([1, 2, 3, 4])('takes or refuses what is wrong, seed %i', (seed) => {
  const mutations = new Mutations(seed);
  let taken = 0;
  for (let round = 0; round < 5_000; round++) {
    const bytes = mutations.some(golden[mutations.next(golden.length)]!);
    const where = `seed ${seed}, round ${round}: ${Buffer.from(bytes).toString('hex')}`;
    try {
      const message = readServerMessage(bytes, screen);
      taken++;
      expect(weight(message), where).toBeLessThanOrEqual(bytes.length);
      if (message.type !== 'frame') continue;
      expect(message.rawLength <= maxRawLength && message.moves.length <= maxMoves, where).toBe(true);
      for (const area of [...message.moves, ...message.fills, ...message.spans, ...message.images])
        expect(area.width > 0 && area.height > 0 && area.x + area.width <= screen.width && area.y + area.height <= screen.height, where).toBe(true);
    } catch (error) {
      if (!(error instanceof WireError)) throw new Error(where, { cause: error });
    }
  }
  // Else the mutations would test the first byte only.
  expect(taken).toBeGreaterThan(200);
});

it('refuses a message that is too long before it looks at it', () => {
  expect(() => readServerMessage(new Uint8Array(maxServerMessage + 1), screen)).toThrow(WireError);
});

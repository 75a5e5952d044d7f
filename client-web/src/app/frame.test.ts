import { expect, it } from 'vitest';
import { embedderOf, Frame } from './frame';
import type { FrameWindow } from './frame';

const shop = 'https://shop.test';

/** A window in a frame of a page of `origin`; where it says nothing of its ancestors, it is like Firefox. */
function framed({ origins = [shop], referrer = '' }: { origins?: string[] | null; referrer?: string } = {}) {
  const said: unknown[][] = [];
  const listeners = new Set<(event: MessageEvent) => void>();
  const parent = { postMessage: (...message: unknown[]) => said.push(message) };
  const view: FrameWindow = {
    parent, location: origins === null ? {} : { ancestorOrigins: origins }, document: { referrer },
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  const tell = (data: unknown, origin = shop, source: unknown = parent) => listeners.forEach((listener) => listener({ data, origin, source } as MessageEvent));
  return { view, said, tell, listeners };
}

it('speaks to the page that embeds it, and to no other origin', () => {
  const { view, said } = framed({ origins: [shop, 'https://portal.test'] });
  new Frame(view).say({ type: 'title', title: 'letter.odt' });
  expect(said).toEqual([[{ vdi: 1, type: 'title', title: 'letter.odt' }, shop]]);
});

it('knows the page from the referrer where the browser does not say its ancestors', () => {
  const { view } = framed({ origins: null, referrer: `${shop}/orders?secret=1` });
  expect(embedderOf(view)).toBe(shop);
});

it.each([
  ['no frame', () => { const view = { location: {}, document: { referrer: `${shop}/` } } as unknown as FrameWindow; return Object.assign(view, { parent: view }); }],
  ['a page that does not say who it is', () => framed({ origins: null }).view],
  ['a page of no origin', () => framed({ origins: ['null'] }).view],
])('is silent in %s', (_, make) => {
  const view = make();
  expect(embedderOf(view)).toBeUndefined();
  const frame = new Frame(view);
  expect(frame.embedded).toBe(false);
  frame.say({ type: 'ended', reason: 'app-closed' });
});

it('closes when that page says so, and on nobody else\'s word', () => {
  const { view, tell, listeners } = framed();
  const frame = new Frame(view);
  let closed = 0;
  frame.closed.on(() => closed++);
  tell({ vdi: 1, type: 'close' }, 'https://evil.test');
  tell({ vdi: 1, type: 'close' }, shop, {});
  for (const data of [null, 'close', { type: 'close' }, { vdi: 2, type: 'close' }, { vdi: 1, type: 'open' }]) tell(data);
  expect(closed).toBe(0);
  tell({ vdi: 1, type: 'close' });
  expect(closed).toBe(1);
  frame.dispose();
  expect(listeners.size).toBe(0);
});

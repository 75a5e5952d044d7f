import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';

const source = readFileSync(join(import.meta.dirname, '../../public/embed.js'), 'utf8');
const server = 'https://vdi.test';

interface Shown {
  close(): void;
  readonly frame: { readonly src: string; readonly referrerPolicy: string };
}

/** A page that embeds an application, and the messages that its frame gets. */
function page() {
  const listeners = new Set<(event: object) => void>();
  const sent: unknown[][] = [];
  const later: (() => void)[] = [];
  let removed = false;
  const contentWindow = { postMessage: (...message: unknown[]) => sent.push(message) };
  const frame = { style: {}, contentWindow, remove: () => { removed = true; } };
  const window = {
    addEventListener: (_: string, listener: (event: object) => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: (event: object) => void) => listeners.delete(listener),
  } as unknown as { Vdi: { open(element: object, url: string, options?: object): Shown } };
  runInNewContext(source, { window, URL, document: { baseURI: 'https://shop.test/orders/', createElement: () => frame }, setTimeout: (action: () => void) => later.push(action), clearTimeout: () => undefined });
  const tell = (data: unknown, origin = server, from: unknown = contentWindow) => [...listeners].forEach((listener) => listener({ data, origin, source: from }));
  const element = { append: vi.fn() };
  return { open: (options?: object) => window.Vdi.open(element, `${server}/app/writer?a=1#se.cret`, options), element, tell, sent, later, listeners, isRemoved: () => removed };
}

it('shows the link in a frame, with arguments before its secret', () => {
  const { open, element } = page();
  const { frame } = open({ arguments: { doc: 'a b&c', n: 2 } });
  expect(frame.src).toBe(`${server}/app/writer?a=1&doc=a+b%26c&n=2#se.cret`);
  expect(frame.referrerPolicy).toBe('origin');
  expect(element.append).toHaveBeenCalledWith(frame);
});

it('hears the frame, and nobody else', () => {
  const { open, tell } = page();
  const [onState, onTitle, onEnded] = [vi.fn(), vi.fn(), vi.fn()];
  open({ onState, onTitle, onEnded });
  tell({ vdi: 1, type: 'title', title: 'no' }, 'https://evil.test');
  tell({ vdi: 1, type: 'title', title: 'no' }, server, {});
  for (const data of [null, 'title', { type: 'title', title: 'no' }, { vdi: 1, type: 'title', title: 5 }, { vdi: 1, type: 'state' }]) tell(data);
  expect(onTitle).not.toHaveBeenCalled();
  tell({ vdi: 1, type: 'state', state: 'connected' });
  tell({ vdi: 1, type: 'title', title: 'letter.odt' });
  tell({ vdi: 1, type: 'ended', reason: 'app-closed' });
  expect([onState.mock.calls, onTitle.mock.calls, onEnded.mock.calls]).toEqual([[['connected']], [['letter.odt']], [['app-closed']]]);
});

it('asks the frame to close, and takes it away when it has, or does not answer', () => {
  const answered = page();
  const onEnded = vi.fn();
  const shown = answered.open({ onEnded });
  shown.close();
  shown.close();
  expect(answered.sent).toEqual([[{ vdi: 1, type: 'close' }, server]]);
  expect(answered.isRemoved()).toBe(false);
  answered.tell({ vdi: 1, type: 'ended', reason: 'closed' });
  expect([answered.isRemoved(), answered.listeners.size, onEnded.mock.calls]).toEqual([true, 0, [['closed']]]);
  const silent = page();
  silent.open().close();
  silent.later.forEach((action) => action());
  expect(silent.isRemoved()).toBe(true);
});

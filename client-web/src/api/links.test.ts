import { afterEach, expect, it, vi } from 'vitest';
import { links } from './links';

afterEach(() => vi.unstubAllGlobals());

it('sends secrets and tokens in no address, and no cookies', async () => {
  const asked: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return Promise.resolve(new Response('{}'));
  });
  await links.open('writer', 'the secret', { host: 'a' });
  await links.session('the token');
  await links.ticket('the token', { language: 'en', timeZone: 'UTC', layout: undefined }, 1);
  await links.end('the token');
  expect(asked.map(({ path, init }) => `${init.method} ${path}`)).toEqual(['POST /api/links/open', 'GET /api/links/session', 'POST /api/links/session/ticket', 'DELETE /api/links/session']);
  expect(asked.every(({ init }) => init.credentials === 'omit')).toBe(true);
  expect(JSON.parse(asked[0]?.init.body as string)).toEqual({ app: 'writer', secret: 'the secret', arguments: { host: 'a' } });
  expect(asked.slice(1).every(({ init }) => (init.headers as Record<string, string>)['Authorization'] === 'Bearer the token')).toBe(true);
});

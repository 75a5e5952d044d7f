import { expect, it } from 'vitest';
import { ApiError } from '../api/client';
import { en } from './i18n/en';
import { mayPass, refusalOf, wantsNewLink } from './refusal';

it('knows every refusal that has words, and takes all others for one', () => {
  for (const code of Object.keys(en.application.link.refused)) expect(refusalOf(new ApiError(410, { code }))).toBe(code);
  expect(refusalOf(new ApiError(500, { code: 'database-unavailable', detail: 'secret things' }))).toBe('other');
  expect(refusalOf(new Error('no'))).toBe('other');
});

it('says the kind of a refusal rather than what is behind it', () => expect(refusalOf(new ApiError(503, { code: 'no-capacity', reason: 'host-short' }))).toBe('no-capacity'));

it.each(['pool-closed', 'pool-hours'])('knows that an application is closed by %s', (reason) => expect(refusalOf(new ApiError(503, { code: 'no-capacity', reason }))).toBe('app-closed-now'));

it('offers another try where time helps, and a new link where nothing else does', () => {
  expect((['no-capacity', 'app-closed-now', 'unreachable', 'link-expired', 'link-origin'] as const).map(mayPass)).toEqual([true, true, true, false, false]);
  expect((['link-unknown', 'link-revoked', 'no-capacity', 'link-origin'] as const).map(wantsNewLink)).toEqual([true, true, false, false]);
});

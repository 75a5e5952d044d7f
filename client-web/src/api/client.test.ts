import { afterEach, expect, it, vi } from 'vitest';
import { api, ApiError } from './client';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const failure = async (work: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

it('takes a server that does not answer for one that cannot be reached', async () => {
  vi.useFakeTimers();
  const late = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    setTimeout(() => late.abort(new DOMException('too late', 'TimeoutError')), milliseconds);
    return late.signal;
  });
  vi.stubGlobal('fetch', (_: string, { signal }: { signal?: AbortSignal }) => new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  }));
  const answer = failure(api.me());
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await answer).toMatchObject({ status: 0, code: 'unreachable', message: expect.stringContaining('too late') as string });
});

it('takes an answer that breaks off for no answer', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve({ ok: true, text: () => Promise.reject(new Error('cut')) }));
  expect(await failure(api.me())).toMatchObject({ status: 0, code: 'unreachable' });
});

it('keeps the precise code of a refusal', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ code: 'no-capacity', reason: 'pool-full', detail: 'All 8 are in use.' }), { status: 503 })));
  expect(await failure(api.launch('desktops'))).toMatchObject({ status: 503, code: 'pool-full', message: 'All 8 are in use.' });
});

import type { Monitor } from '../session/monitor';
import type { PersonSettings } from '../session/person';
import type { Arguments, Desktop, HomeView, Me, NoticeView, Reason, Replay, SessionView, Ticket } from './types';

/** The server's refusal, or `code` "unreachable" with status 0 where there was no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The most precise code that the server gave: what to translate. */
  readonly code: string;
  readonly errors: readonly Fault[];
  readonly retryAfterSeconds: number | undefined;
  /** The whole answer: some refusals name what is in the way. */
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    // A refusal names the constraint that failed beside its kind: `no-capacity` because of `pool-full`, say.
    this.code = problem.reason ?? problem.code ?? 'unknown';
    this.errors = [problem.errors, problem.faults].find((each) => Array.isArray(each)) ?? [];
    this.retryAfterSeconds = problem.retryAfterSeconds;
    this.problem = problem;
  }
}

/** One thing that is wrong with what was sent. */
export interface Fault extends Reason {
  /** Where it stands in the request: `hardware.memoryMiB`. */
  readonly field?: string;
}

interface Problem {
  readonly [more: string]: unknown;
  readonly code?: string;
  readonly reason?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  /** The same, of what was said to an application. */
  readonly faults?: readonly Fault[];
  readonly retryAfterSeconds?: number;
}

/** The slowest answer is a ticket's: the server gives a host 5 s. */
const usualMs = 20_000;

type Headers = Readonly<Record<string, string>>;

/** What is asked in another way than usual. */
interface How {
  /** Whether cookies go along: of whoever has a link, none do. */
  readonly credentials?: RequestCredentials;
  /** Gives the question up. */
  readonly stop?: AbortSignal;
  /** How long the answer may take. */
  readonly answerMs?: number;
}

export async function call<T>(method: string, path: string, body?: object, headers?: Headers, how?: How): Promise<T> {
  return (await callTagged<T>(method, path, body, headers, how)).value;
}

/** An answer with the tag of the version that it is of; an edit bears the tag that was read. */
export interface Tagged<T> {
  readonly value: T;
  readonly tag: string;
}

export async function callTagged<T>(method: string, path: string, body?: object, headers?: Headers, { credentials = 'same-origin', stop, answerMs = usualMs }: How = {}): Promise<Tagged<T>> {
  // A line that swallows everything would hold the request for minutes.
  const late = AbortSignal.timeout(answerMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      signal: stop ? AbortSignal.any([late, stop]) : late,
      credentials,
      headers: { Accept: 'application/json', ...(method === 'GET' ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    text = await response.text();
  } catch (error) {
    throw new ApiError(0, { code: 'unreachable', detail: String(error) });
  }
  if (!response.ok) throw new ApiError(response.status, parse<Problem>(text) ?? { code: response.status >= 500 ? 'server-error' : 'unknown' });
  return { value: parse<T>(text) as T, tag: response.headers?.get('ETag') ?? '' };
}

function parse<T>(text: string): T | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** How a desktop or an application shall be opened. */
export interface LaunchWishes {
  /** Although one's own files are in another one. */
  readonly withoutHome?: boolean;
  /** For an application that has parameters. */
  readonly arguments?: Arguments;
}

const desktop = (id: string): string => `/api/desktops/${encodeURIComponent(id)}`;
const session = (id: string): string => `/api/sessions/${encodeURIComponent(id)}`;

export const api = {
  me: () => call<Me>('GET', '/api/me'),
  signIn: (userName: string, password: string) => call<Me>('POST', '/api/sign-in', { userName, password }),
  signOut: () => call<void>('POST', '/api/sign-out'),
  changePassword: (current: string, next: string) => call<void>('POST', '/api/password', { current, next }),
  desktops: () => call<Desktop[]>('GET', '/api/desktops'),
  favourite: (id: string, on: boolean) => call<void>(on ? 'PUT' : 'DELETE', `${desktop(id)}/favourite`),
  launch: (pool: string, wishes: LaunchWishes = {}) => call<SessionView>('POST', '/api/sessions', { pool, ...wishes }),
  home: () => call<HomeView>('GET', '/api/home'),
  restoreHome: (snapshot: string) => call<HomeView>('POST', '/api/home/restore', { snapshot }),
  session: (id: string) => call<SessionView>('GET', session(id)),
  ticket: (id: string, person: PersonSettings, monitor: Monitor) => call<Ticket>('POST', `${session(id)}/ticket`, { ...person, monitor }),
  openFile: (id: string, name: string) => call<void>('POST', `${session(id)}/open-file`, { name }),
  notices: () => call<NoticeView[]>('GET', '/api/notices'),
  report: (text: string, session?: string) => call<string>('POST', '/api/reports', { text, ...(session === undefined ? {} : { session }) }),
  replay: () => call<Replay>('GET', '/api/replay'),
  end: (id: string) => call<void>('DELETE', session(id)),
};

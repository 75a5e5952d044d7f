import type { Monitor } from '../session/monitor';
import type { PersonSettings } from '../session/person';
import { call } from './client';
import type { Arguments, SessionView, Ticket } from './types';

/** What a link gave: a session, and a token that stands for the person in it. It is kept in memory only. */
export interface OpenedLink {
  readonly token: string;
  readonly session: SessionView;
}

const root = '/api/links';
/** Who is signed in in this browser has nothing to do with a link. */
const without = { credentials: 'omit' } as const;
const by = (token: string): Readonly<Record<string, string>> => ({ Authorization: `Bearer ${token}` });

/** Applications for whoever has a link and does not sign in. The secret is in no address. */
export const links = {
  open: (app: string, secret: string, given: Arguments) => call<OpenedLink>('POST', `${root}/open`, { app, secret, arguments: given }, {}, without),
  session: (token: string) => call<SessionView>('GET', `${root}/session`, undefined, by(token), without),
  ticket: (token: string, person: PersonSettings, monitor: Monitor) => call<Ticket>('POST', `${root}/session/ticket`, { ...person, monitor }, by(token), without),
  end: (token: string) => call<void>('DELETE', `${root}/session`, undefined, by(token), without),
};

// What the API's description says (schema.ts), with its states as words that the compiler knows; docs/specs/api.md.
import type * as schema from './schema';

export type { DesktopApp as PublishedApp, DesktopParameter as AppParameter, HomeSnapshot, HomeView, Me, NoticeView, Reason, SessionApp as ShownApp, TicketView as Ticket } from './schema';

export type SessionPhase = 'queued' | 'preparing' | 'connecting' | 'connected' | 'disconnected' | 'ending' | 'ended';

export type SessionView = Omit<schema.SessionView, 'state' | 'home'> & {
  readonly state: SessionPhase;
  /** One's own files in it, where its pool brings them. */
  readonly home: 'without' | 'coming' | 'here' | 'missing' | null;
};

/** Arguments for an application, by the names of its parameters. */
export type Arguments = Readonly<Record<string, string>>;

/** A desktop, or an application: a pool whose machines show one program. */
export type Desktop = Omit<schema.DesktopView, 'state' | 'session'> & {
  readonly state: 'available' | 'preparing' | 'unavailable';
  readonly session: SessionView | null;
};

/** What `vdi trace replay --listen` shows; no other server has one. */
export interface Replay {
  readonly hub: string;
  readonly name: string;
}

/** A machine is behind the session: its screen can be opened. */
export function isOpenable(phase: SessionPhase): boolean {
  return phase === 'connecting' || phase === 'connected' || phase === 'disconnected';
}

/** The session still waits for its machine. */
export function isLaunching(phase: SessionPhase): boolean {
  return phase === 'queued' || phase === 'preparing';
}

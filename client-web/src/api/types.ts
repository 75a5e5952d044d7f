// What the API's description says (schema.ts), with its states as words that the compiler knows; docs/specs/api.md.
import type * as schema from './schema';

export type { HomeSnapshot, HomeView, Me, NoticeView, Reason, TicketView as Ticket } from './schema';

export type SessionPhase = 'queued' | 'preparing' | 'connecting' | 'connected' | 'disconnected' | 'ending' | 'ended';

/** The application that a machine shows instead of a desktop. */
export interface ShownApp {
  readonly name: string;
  /** The address of a PNG. */
  readonly icon: string | null;
}

export type SessionView = Omit<schema.SessionView, 'state' | 'home' | 'app'> & {
  readonly state: SessionPhase;
  /** One's own files in it, where its pool brings them. */
  readonly home: 'without' | 'coming' | 'here' | 'missing' | null;
  readonly app?: ShownApp | null;
};

/** What people may say as an application is opened. */
export interface AppParameter {
  readonly name: string;
  readonly label: string;
  readonly pattern: string | null;
}

/** An application that is published. */
export interface PublishedApp {
  readonly version: string | null;
  readonly category: string | null;
  /** The address of a PNG. */
  readonly icon: string | null;
  /** What it opens, as MIME types. */
  readonly fileTypes: readonly string[];
  readonly parameters: readonly AppParameter[];
  readonly shared: boolean;
}

/** Arguments for an application, by the names of its parameters. */
export type Arguments = Readonly<Record<string, string>>;

/** A desktop, or an application: a pool whose machines show one program. */
export type Desktop = Omit<schema.DesktopView, 'state' | 'session' | 'app' | 'favourite' | 'lastUsed'> & {
  readonly state: 'available' | 'preparing' | 'unavailable';
  readonly session: SessionView | null;
  readonly app?: PublishedApp | null;
  readonly favourite?: boolean;
  /** When one opened it last; null for never. */
  readonly lastUsed?: string | null;
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

// docs/specs/api.md, version 1.

export interface Me {
  readonly userName: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly mustChangePassword: boolean;
}

/** A code to translate and an English sentence that says what to do. */
export interface Reason {
  readonly code: string;
  readonly detail: string;
}

export type SessionPhase = 'queued' | 'preparing' | 'connecting' | 'connected' | 'disconnected' | 'ending' | 'ended';

export interface Step {
  readonly name: string;
  readonly milliseconds: number;
}

export interface SessionView {
  readonly id: string;
  readonly pool: string;
  readonly poolName: string;
  readonly state: SessionPhase;
  readonly reason: Reason | null;
  readonly position: number | null;
  /** Seconds until it is its turn; null while that is not known. */
  readonly estimateSeconds: number | null;
  readonly since: string;
  readonly steps: readonly Step[];
}

export interface Desktop {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly ready: number;
  readonly capacity: number;
  readonly state: 'available' | 'preparing' | 'unavailable';
  readonly reason: Reason | null;
  readonly session: SessionView | null;
}

/** Words from whoever helps people, to one person, a pool's people or everybody. */
export interface NoticeView {
  readonly id: string;
  readonly text: string;
  readonly at: string;
  readonly until: string;
  readonly by: string;
}

export interface Ticket {
  readonly ticket: string;
  readonly hub: string;
  readonly expiresAt: string;
}

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

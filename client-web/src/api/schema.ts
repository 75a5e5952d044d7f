// Made from the API's description by `npm run types`; not to be edited.

export type AcceleratorPolicy = 'any' | 'hardwareOnly';

export interface Access {
  readonly kind: PrincipalKind;
  readonly name: string;
}

export interface AllowRule {
  readonly to: string;
  readonly protocol: string;
  readonly firstPort: number;
  readonly lastPort: number;
}

export interface AnySessionView {
  readonly id: string;
  readonly user: string;
  readonly displayName: string;
  readonly pool: string;
  readonly state: string;
  readonly reason: string;
  readonly code: string;
  readonly machine: null | string;
  readonly slot: number;
  readonly created: string;
  readonly since: string;
  readonly seen: null | string;
  readonly released: null | string;
  readonly steps: readonly LaunchStep[];
}

export type AtLogOff = 'destroy' | 'keep' | null;

export interface AuditView {
  readonly broker: string;
  readonly number: number;
  readonly at: string;
  readonly who: string;
  readonly from: string;
  readonly action: string;
  readonly target: string;
  readonly before: null | JsonElement;
  readonly after: null | JsonElement;
  readonly hash: string;
}

export interface BulkRequest {
  readonly ids: null | readonly string[];
  readonly patch: null | JsonObject;
}

export interface CloseRequest {
  readonly text: null | string;
}

export type DayOfWeek = 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';

export interface DesktopView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ready: number;
  readonly capacity: number;
  readonly state: string;
  readonly reason: null | Reason;
  readonly session: null | SessionView;
}

export interface DrainRequest {
  readonly text: null | string;
}

export interface EndRequest {
  readonly text: null | string;
  readonly reset?: boolean;
}

export interface GroupDocument {
  readonly name: null | string;
  readonly description: null | string;
  readonly tags: null | readonly string[];
  readonly members: null | readonly string[];
}

export interface GroupView {
  readonly id: string;
  readonly settings: GroupDocument;
  readonly deleted: null | string;
  readonly version: number;
}

export interface HostImage {
  readonly name: string;
  readonly version: string;
  readonly built: string;
  readonly memoryMiB?: null | number;
}

export interface HostView {
  readonly id: string;
  readonly accelerator: string;
  readonly problem: null | string;
  readonly images: readonly HostImage[];
  readonly seen: string;
  readonly draining: null | string;
  readonly machines: Readonly<Record<string, number>>;
}

export interface ImageView {
  readonly name: string;
  readonly version: string;
  readonly built: string;
  readonly hosts: readonly string[];
  readonly pools: readonly string[];
}

export type JsonElement = unknown;

export type JsonNode = unknown;

export type JsonObject = Readonly<Record<string, unknown>>;

export interface LaunchStep {
  readonly name: string;
  readonly milliseconds: number;
}

export interface MachineSize {
  readonly cpus: null | number;
  readonly memoryMiB: null | number;
  readonly diskGiB: null | number;
}

export type MachineState = 'requested' | 'forking' | 'booting' | 'ready' | 'assigned' | 'recycling' | 'gone' | 'failed' | 'suspended' | 'waking' | null;

export interface MachineView {
  readonly id: string;
  readonly pool: string;
  readonly image: string;
  readonly imageVersion: null | string;
  readonly host: string;
  readonly state: string;
  readonly reason: string;
  readonly since: string;
  readonly forkMilliseconds: null | number;
  readonly agentMilliseconds: null | number;
  readonly session: null | string;
  readonly user: null | string;
}

export interface Me {
  readonly userName: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly mustChangePassword: boolean;
}

export interface NetworkRequest {
  readonly mode: null | string;
  readonly allow: null | readonly AllowRule[];
  readonly dns: null | readonly string[];
  readonly proxy: null | string;
}

export interface NetworkView {
  readonly mode: string;
  readonly allow: readonly AllowRule[];
  readonly dns: readonly string[];
  readonly proxy: null | string;
}

export interface NewPassword {
  readonly password: string;
}

export interface NewPerson {
  readonly person: PersonView;
  readonly password: null | string;
}

export interface NewPersonRequest {
  readonly userName: null | string;
  readonly password: null | string;
  readonly settings: null | PersonDocument;
}

export interface NewPoolRequest {
  readonly id: null | string;
  readonly settings: null | PoolDocument;
}

export interface NewToken {
  readonly token: TokenView;
  readonly secret: string;
}

export interface NewTokenRequest {
  readonly name: null | string;
  readonly scopes: null | readonly string[];
  readonly days: null | number;
}

export interface NoticeRequest {
  readonly text: null | string;
  readonly user: null | string;
  readonly pool: null | string;
  readonly minutes: null | number;
}

export interface NoticeView {
  readonly id: string;
  readonly text: string;
  readonly at: string;
  readonly until: string;
  readonly by: string;
}

export interface OpenSessionRequest {
  readonly pool: string;
  readonly another?: boolean;
}

export interface PageOfAnySessionView {
  readonly items: readonly AnySessionView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfAuditView {
  readonly items: readonly AuditView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfGroupView {
  readonly items: readonly GroupView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfMachineView {
  readonly items: readonly MachineView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfPersonView {
  readonly items: readonly PersonView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfPoolView {
  readonly items: readonly PoolView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfReportView {
  readonly items: readonly ReportView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PasswordRequest {
  readonly current: string;
  readonly next: string;
}

export interface PersonDocument {
  readonly displayName: null | string;
  readonly email: null | string;
  readonly roles: null | readonly string[];
  readonly groups: null | readonly string[];
  readonly tags: null | readonly string[];
  readonly disabled?: boolean;
}

export interface PersonView {
  readonly id: string;
  readonly userName: string;
  readonly settings: PersonDocument;
  readonly lockedUntil: null | string;
  readonly sessions: number;
  readonly deleted: null | string;
  readonly version: number;
}

export interface PoolDocument {
  readonly name: null | string;
  readonly description: null | string;
  readonly kind: PoolKind;
  readonly image: null | string;
  readonly imageVersion: null | string;
  readonly size: null | MachineSize;
  readonly accelerator: AcceleratorPolicy;
  readonly policy: null | PoolPolicy;
  readonly network: null | NetworkRequest;
  readonly tags: null | readonly string[];
  readonly access: null | readonly Access[];
  readonly screens?: null | readonly ScreenDocument[];
}

export type PoolKind = 'floating' | 'dedicated' | 'manual';

export interface PoolPolicy {
  readonly reconnectSeconds?: number;
  readonly logOffAfterMinutes?: null | number;
  readonly idleMinutes?: null | number;
  readonly idleWarnSeconds?: number;
  readonly longestHours?: null | number;
  readonly sessionsPerUser?: number;
  readonly warm?: WarmPolicy;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly suspended?: number;
  readonly stopUnusedMinutes?: null | number;
  readonly open?: readonly WeekHours[];
  readonly timeZone?: string;
  readonly atLogOff?: null | AtLogOff;
  readonly maxMegabits?: null | number;
  readonly rollOut?: RollOutPolicy;
}

export interface PoolView {
  readonly id: string;
  readonly settings: PoolDocument;
  readonly rollOut: RollOutView;
  readonly reserve: null | ReserveView;
  readonly machines: Readonly<Record<string, number>>;
  readonly sessions: number;
  readonly queued: number;
  readonly closed: null | string;
  readonly deleted: null | string;
  readonly version: number;
}

export type PrincipalKind = 'role' | 'group' | 'user';

export interface QuotaDocument {
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly sessions: null | number;
  readonly memoryMiB: null | number;
}

export interface Reason {
  readonly code: string;
  readonly detail: string;
}

export interface ReportRequest {
  readonly text: null | string;
  readonly session: null | string;
}

export interface ReportView {
  readonly id: string;
  readonly user: string;
  readonly session: null | string;
  readonly text: string;
  readonly trace: JsonElement;
  readonly at: string;
  readonly closed: null | string;
}

export interface ReserveView {
  readonly ready: number;
  readonly code: string;
  readonly english: string;
  readonly korean: string;
}

export interface RollOutPolicy {
  readonly automatic?: boolean;
  readonly atATime?: number;
  readonly failuresThatStop?: number;
}

export interface RollOutRequest {
  readonly version: null | string;
}

export interface RollOutView {
  readonly current: null | string;
  readonly previous: null | string;
  readonly stopped: null | string;
  readonly done: number;
  readonly all: number;
}

export interface ScreenDocument {
  readonly name: null | string;
  readonly address: null | string;
  readonly port?: number;
  readonly password?: null | string;
}

export type SessionState = 'queued' | 'preparing' | 'connecting' | 'connected' | 'disconnected' | 'ending' | 'ended' | null;

export interface SessionView {
  readonly id: string;
  readonly pool: string;
  readonly poolName: string;
  readonly state: string;
  readonly reason: null | Reason;
  readonly position: null | number;
  readonly estimateSeconds: null | number;
  readonly since: string;
  readonly steps: readonly LaunchStep[];
}

export interface SignInRequest {
  readonly userName: string;
  readonly password: string;
}

export interface SiteChange {
  readonly kind: string;
  readonly name: string;
  readonly action: string;
  readonly fields: readonly SiteField[];
}

export interface SiteDocument {
  readonly groups: null | Readonly<Record<string, GroupDocument>>;
  readonly users: null | Readonly<Record<string, PersonDocument>>;
  readonly pools: null | Readonly<Record<string, PoolDocument>>;
  readonly quotas: null | readonly QuotaDocument[];
}

export interface SiteField {
  readonly field: string;
  readonly old: null | JsonNode;
  readonly new: null | JsonNode;
}

export interface SitePlan {
  readonly hash: string;
  readonly changes: readonly SiteChange[];
  readonly passwords?: null | Readonly<Record<string, string>>;
}

export interface TicketView {
  readonly ticket: string;
  readonly hub: string;
  readonly expiresAt: string;
}

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created: string;
  readonly expires: string;
  readonly lastUsed: null | string;
}

export interface WarmHours {
  readonly hours: WeekHours;
  readonly count: number;
}

export interface WarmPolicy {
  readonly count?: number;
  readonly schedule?: readonly WarmHours[];
  readonly target?: null | WarmTarget;
}

export interface WarmTarget {
  readonly share: number;
  readonly seconds: number;
}

export interface WeekHours {
  readonly days: readonly DayOfWeek[];
  readonly from: string;
  readonly to: string;
}

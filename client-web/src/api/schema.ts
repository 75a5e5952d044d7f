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

export interface AppDocument {
  readonly command: null | string;
  readonly arguments: null | readonly string[];
  readonly folder: null | string;
  readonly version: null | string;
  readonly category: null | string;
  readonly fileTypes: null | readonly string[];
  readonly parameters: null | readonly AppParameter[];
  readonly open?: boolean;
  readonly shared?: boolean;
  readonly embed?: null | readonly string[];
  readonly icon?: null | string;
}

export interface AppParameter {
  readonly name: string;
  readonly label: string;
  readonly pattern: null | string;
  readonly argument: string;
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

export interface CheckpointRequest {
  readonly name: null | string;
}

export interface ClipboardPolicy {
  readonly in?: boolean;
  readonly out?: boolean;
  readonly largestKiB?: number;
}

export interface CloseRequest {
  readonly text: null | string;
}

export type DayOfWeek = 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';

export interface DesktopApp {
  readonly version: null | string;
  readonly category: null | string;
  readonly icon: null | string;
  readonly fileTypes: readonly string[];
  readonly parameters: readonly DesktopParameter[];
  readonly shared: boolean;
}

export interface DesktopParameter {
  readonly name: string;
  readonly label: string;
  readonly pattern: null | string;
}

export interface DesktopView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ready: number;
  readonly capacity: number;
  readonly state: string;
  readonly reason: null | Reason;
  readonly session: null | SessionView;
  readonly app: null | DesktopApp;
  readonly favourite: boolean;
  readonly lastUsed: null | string;
}

export interface DrainRequest {
  readonly text: null | string;
}

export interface EditCheckpoint {
  readonly id: string;
  readonly name: string;
  readonly at: string;
  readonly bytes: number;
  readonly after: null | string;
}

export interface EditRequest {
  readonly image: null | string;
  readonly version?: null | string;
  readonly new?: null | NewDisk;
  readonly media?: null | readonly string[];
  readonly isolated?: boolean;
  readonly diskGiB?: number;
}

export interface EditView {
  readonly id: string;
  readonly image: string;
  readonly version: null | string;
  readonly hardware: null | ImageHardware;
  readonly diskGiB: null | number;
  readonly media: readonly string[];
  readonly network: NetworkMode;
  readonly author: string;
  readonly created: string;
  readonly state: MachineState;
  readonly reason: string;
  readonly since: string;
  readonly checkpoints: readonly EditCheckpoint[];
  readonly at: null | string;
  readonly bytes: number;
  readonly job: null | JobView;
  readonly closed: null | string;
  readonly published: null | string;
}

export interface EndRequest {
  readonly text: null | string;
  readonly reset?: boolean;
}

export interface ExportRequest {
  readonly format?: MediumFormat;
}

export interface FileTicketView {
  readonly id: string;
  readonly address: string;
  readonly ticket: string;
  readonly fileName: string;
  readonly expiresAt: string;
}

export interface FilesPolicy {
  readonly in?: boolean;
  readonly out?: boolean;
  readonly largestMiB?: number;
}

export interface FindAppsRequest {
  readonly version?: null | string;
}

export type Firmware = 'kernel' | 'bios' | 'uefi' | 'uefiSecure';

export interface FoundAppView {
  readonly entry: string;
  readonly name: string;
  readonly comment: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly folder: null | string;
  readonly categories: readonly string[];
  readonly fileTypes: readonly string[];
  readonly icon: null | string;
  readonly terminal: boolean;
}

export interface FoundAppsView {
  readonly items: readonly FoundAppView[];
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

export type GuestDrivers = 'virtio' | 'pc';

export type GuestSystem = 'linux' | 'windows' | 'other';

export interface HardwareRequest {
  readonly firmware?: null | Firmware;
  readonly drivers?: null | GuestDrivers;
  readonly tpm?: null | boolean;
  readonly system?: null | GuestSystem;
  readonly agent?: null | boolean;
  readonly memoryMiB?: null | number;
  readonly cpus?: null | number;
}

export type HomeMode = 'folders' | 'whole';

export interface HomePolicy {
  readonly mode?: HomeMode;
  readonly giB?: number;
}

export interface HomeSnapshot {
  readonly id: string;
  readonly at: string;
  readonly cause: SnapshotCause;
  readonly giB: number;
}

export interface HomeUse {
  readonly machine: string;
  readonly session: null | string;
  readonly pool: null | string;
  readonly poolName: null | string;
}

export interface HomeView {
  readonly user: string;
  readonly userName: string;
  readonly giB: number;
  readonly bytes: null | number;
  readonly created: string;
  readonly used: null | string;
  readonly usedBy: null | HomeUse;
  readonly snapshots: null | readonly HomeSnapshot[];
}

export interface HostImage {
  readonly name: string;
  readonly version: string;
  readonly built: string;
  readonly memoryMiB?: null | number;
  readonly details?: null | ImageDetails;
  readonly isOffered?: boolean;
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

export interface ImageDetails {
  readonly hardware: ImageHardware;
  readonly origin: ImageOrigin;
  readonly parent: null | string;
  readonly author: string;
  readonly notes: string;
  readonly bytes: number;
  readonly ownBytes: number;
  readonly test: null | ImageTest;
  readonly recipe?: null | string;
  readonly changes?: null | readonly PackageChange[];
}

export interface ImageHardware {
  readonly firmware: Firmware;
  readonly drivers: GuestDrivers;
  readonly tpm: boolean;
  readonly system: GuestSystem;
  readonly agent: boolean;
  readonly memoryMiB: number;
  readonly cpus: number;
}

export type ImageOrigin = 'recipe' | 'import' | 'edit' | 'update';

export interface ImageTest {
  readonly passed: boolean;
  readonly at: string;
  readonly steps: readonly ImageTestStep[];
}

export interface ImageTestStep {
  readonly name: string;
  readonly passed: null | boolean;
  readonly seconds: null | number;
  readonly words: null | string;
}

export interface ImageTreeView {
  readonly name: string;
  readonly versions: readonly VersionView[];
  readonly recipe: null | RecipeView;
  readonly policy: PolicyDocument;
  readonly edit: null | EditView;
  readonly jobs: readonly JobView[];
}

export interface ImportRequest {
  readonly upload: string;
  readonly name: null | string;
  readonly format?: null | MediumFormat;
  readonly hardware?: null | HardwareRequest;
  readonly notes?: null | string;
}

export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface JobView {
  readonly id: string;
  readonly kind: string;
  readonly image: string;
  readonly version: null | string;
  readonly edit: null | string;
  readonly state: JobState;
  readonly step: string;
  readonly fraction: null | number;
  readonly result: null | string;
  readonly cancelling: boolean;
  readonly who: string;
  readonly created: string;
  readonly started: null | string;
  readonly ended: null | string;
}

export type JsonElement = unknown;

export type JsonNode = unknown;

export type JsonObject = Readonly<Record<string, unknown>>;

export interface LaunchStep {
  readonly name: string;
  readonly milliseconds: number;
}

export interface LinkView {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly createdBy: string;
  readonly expires: string;
  readonly uses: number;
  readonly maxUses: null | number;
  readonly revoked: null | string;
  readonly clipboard: boolean;
  readonly files: boolean;
  readonly minutes: null | number;
  readonly arguments: Readonly<Record<string, string>>;
  readonly problem: null | string;
}

export interface MachineSize {
  readonly cpus: null | number;
  readonly memoryMiB: null | number;
  readonly diskGiB: null | number;
}

export type MachineState = 'requested' | 'forking' | 'booting' | 'ready' | 'assigned' | 'recycling' | 'gone' | 'failed' | 'suspended' | 'waking' | 'stopped';

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

export type MediumFormat = 'qcow2' | 'raw' | 'vmdk' | 'vhdx' | 'iso';

export interface MediumView {
  readonly hash: string;
  readonly name: string;
  readonly bytes: number;
  readonly added: string;
  readonly edits: readonly string[];
}

export type NetworkMode = 'isolated' | 'internet';

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

export interface NewDisk {
  readonly hardware?: null | HardwareRequest;
  readonly diskGiB?: null | number;
}

export interface NewLink {
  readonly link: LinkView;
  readonly url: string;
}

export interface NewLinkRequest {
  readonly name: null | string;
  readonly expires: null | string;
  readonly maxUses?: null | number;
  readonly clipboard?: boolean;
  readonly files?: boolean;
  readonly minutes?: null | number;
  readonly arguments?: null | Readonly<Record<string, string>>;
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

export interface NotesRequest {
  readonly notes?: null | string;
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

export interface OpenFileRequest {
  readonly name: null | string;
}

export interface OpenSessionRequest {
  readonly pool: string;
  readonly another?: boolean;
  readonly withoutHome?: boolean;
  readonly arguments?: null | Readonly<Record<string, string>>;
}

export interface PackageChange {
  readonly name: string;
  readonly before: null | string;
  readonly after: null | string;
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

export interface PageOfEditView {
  readonly items: readonly EditView[];
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

export interface PageOfHomeView {
  readonly items: readonly HomeView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfJobView {
  readonly items: readonly JobView[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

export interface PageOfLinkView {
  readonly items: readonly LinkView[];
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

export interface PolicyDocument {
  readonly keep?: null | number;
  readonly checkScript?: null | string;
  readonly update?: null | UpdateWindow;
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
  readonly app?: null | AppDocument;
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
  readonly clipboard?: null | ClipboardPolicy;
  readonly files?: null | FilesPolicy;
  readonly home?: null | HomePolicy;
  readonly rollOut?: RollOutPolicy;
}

export interface PoolUse {
  readonly pool: string;
  readonly as: PoolUseKind;
}

export type PoolUseKind = 'pinned' | 'current' | 'previous';

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

export interface PublishRequest {
  readonly notes?: null | string;
  readonly generalise?: boolean;
}

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

export interface RecipeView {
  readonly name: string;
  readonly hash: string;
  readonly newest: null | string;
  readonly outdated: null | boolean;
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

export interface ResizeHomeRequest {
  readonly giB: number;
}

export interface RestoreHomeRequest {
  readonly snapshot: string;
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

export interface SessionApp {
  readonly name: string;
  readonly icon: null | string;
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
  readonly home: null | string;
  readonly app: null | SessionApp;
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

export type SnapshotCause = 'logOff' | 'beforeRestore';

export interface TicketRequest {
  readonly language: null | string;
  readonly timeZone: null | string;
  readonly layout: null | string;
  readonly monitor?: null | number;
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

export interface UpdateWindow {
  readonly hours: WeekHours;
  readonly timeZone?: string;
}

export interface UploadRequest {
  readonly fileName: null | string;
  readonly bytes: null | number;
  readonly sha256?: null | string;
}

export interface UploadView {
  readonly id: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly received: number;
  readonly sha256: null | string;
  readonly who: string;
  readonly created: string;
}

export interface VersionView {
  readonly name: string;
  readonly version: string;
  readonly built: string;
  readonly hosts: readonly string[];
  readonly pools: readonly string[];
  readonly usedBy: readonly PoolUse[];
  readonly machines: number;
  readonly edit: null | string;
  readonly memoryMiB: null | number;
  readonly hardware: null | ImageHardware;
  readonly origin: null | ImageOrigin;
  readonly parent: null | string;
  readonly parentDeleted: boolean;
  readonly author: null | string;
  readonly notes: null | string;
  readonly bytes: null | number;
  readonly ownBytes: null | number;
  readonly offered: boolean;
  readonly test: null | ImageTest;
  readonly recipe: null | string;
  readonly outdated: null | boolean;
  readonly changes: null | readonly PackageChange[];
}

export interface VisitRequest {
  readonly app: null | string;
  readonly secret: null | string;
  readonly arguments?: null | Readonly<Record<string, string>>;
}

export interface VisitView {
  readonly token: string;
  readonly session: SessionView;
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

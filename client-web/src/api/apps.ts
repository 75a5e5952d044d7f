import { call, callTagged } from './client';
import type * as schema from './schema';

/** A program that an image has an entry for, as its menus show it. */
export type AppEntry = schema.FoundAppView;

/** What whoever opens an application may say, and which argument of the program it becomes. */
export type ParameterDocument = schema.AppParameter;

/** The application that a pool's machines show. */
export interface AppDocument {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly folder: string | null;
  readonly version: string | null;
  readonly category: string | null;
  readonly fileTypes: readonly string[];
  readonly parameters: readonly ParameterDocument[];
  /** Whether machines are made with it open; else each starts it. */
  readonly open: boolean;
  /** Whether it may be opened beside what the same person has open of the same image. */
  readonly shared: boolean;
  /** The origins of pages that may embed it. */
  readonly embed: readonly string[];
  /** A PNG as base64. */
  readonly icon: string | null;
}

export type AppPool = Omit<schema.PoolView, 'settings'> & { readonly settings: Omit<schema.PoolDocument, 'app'> & { readonly app?: AppDocument | null } };

/** What a pool is made with. */
export interface NewAppSettings {
  readonly name: string;
  readonly description: string;
  readonly kind: 'floating';
  readonly image: string;
  readonly app: AppDocument;
  readonly access: readonly schema.Access[];
  readonly policy: null;
}

/** What of an application's pool is changed here. */
export interface AppChange {
  readonly name: string;
  readonly description: string;
  readonly app: AppDocument;
}

/** A link, without its secret, which nobody keeps. */
export type LinkView = schema.LinkView;

export type LinkRequest = Pick<LinkView, 'name' | 'expires' | 'maxUses' | 'clipboard' | 'files' | 'minutes' | 'arguments'>;

/** A link that was just made: its address is said this once. */
export type NewLink = schema.NewLink;

const part = encodeURIComponent;
const pool = (id: string): string => `/api/pools/${part(id)}`;
const links = (id: string): string => `${pool(id)}/links`;
/** A machine of the image may have to be started to look into it. */
const lookMs = 120_000;

/** Applications, as administrators see them. */
export const apps = {
  entries: (image: string, stop: AbortSignal) => call<{ readonly items: readonly AppEntry[] }>('POST', `/api/images/${part(image)}/apps`, {}, {}, { stop, answerMs: lookMs }),
  pools: () => call<{ readonly items: readonly AppPool[] }>('GET', '/api/pools?size=500'),
  pool: (id: string) => callTagged<AppPool>('GET', pool(id)),
  create: (id: string, settings: NewAppSettings) => call<AppPool>('POST', '/api/pools', { id, settings }),
  change: (id: string, change: AppChange, tag: string) => callTagged<AppPool>('PATCH', pool(id), change, { 'If-Match': tag }),
  links: (id: string) => call<{ readonly items: readonly LinkView[] }>('GET', `${links(id)}?size=500`),
  addLink: (id: string, request: LinkRequest) => call<NewLink>('POST', links(id), request),
  revokeLink: (id: string, link: string) => call<void>('DELETE', `${links(id)}/${part(link)}`),
};

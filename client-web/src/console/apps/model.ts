import type { AppChange, AppDocument, AppEntry, AppPool, LinkRequest, LinkView, NewAppSettings, ParameterDocument } from '../../api/apps';
import type { Arguments } from '../../api/types';

/** A pool that shows an application. */
export type Published = AppPool & { readonly settings: AppPool['settings'] & { readonly app: AppDocument } };

export function published(pools: readonly AppPool[]): Published[] {
  return pools.filter((pool): pool is Published => pool.settings.app != null && pool.deleted === null);
}

/** Desktop entries' main categories (https://specifications.freedesktop.org/menu-spec/), as people call them; the first that is known counts. */
const categories: Readonly<Record<string, string>> = {
  Office: 'Office', Graphics: 'Graphics', Development: 'Development', Education: 'Education', Science: 'Science', Game: 'Games', Network: 'Internet', AudioVideo: 'Multimedia', Audio: 'Multimedia', Video: 'Multimedia',
  Settings: 'Settings', System: 'System', Utility: 'Accessories',
};

export function categoryOf(entry: Pick<AppEntry, 'categories'>): string | null {
  const known = entry.categories.find((category) => Object.hasOwn(categories, category));
  return known === undefined ? null : categories[known] ?? null;
}

const longestSlug = 64;

/** What stands in an application's address: its name in small letters, digits and hyphens, and a number where that is taken. */
export function slugFor(entry: Pick<AppEntry, 'entry' | 'name'>, taken: ReadonlySet<string>): string {
  const plain = (text: string): string => text.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, longestSlug - 4).replace(/^-+|-+$/g, '');
  const base = plain(entry.name) || plain(entry.entry.replace(/\.desktop$/, '')) || 'app';
  for (let number = 1; ; number++) {
    const slug = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(slug)) return slug;
  }
}

/** Why the server would not take an address; undefined where it would. */
export function badSlug(slug: string, taken: ReadonlySet<string>): 'bad-name' | 'name-taken' | undefined {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(slug) || slug.length > longestSlug) return 'bad-name';
  return taken.has(slug) ? 'name-taken' : undefined;
}

/** A program that is about to be published. */
export interface Wish {
  readonly entry: AppEntry;
  readonly name: string;
  readonly slug: string;
  readonly version: string;
}

/** What the pool of a wish is made with; with `everybody`, whoever signs in may open it. */
export function settingsOf({ entry, name, version }: Wish, image: string, everybody: boolean): NewAppSettings {
  const { command, arguments: given, folder, fileTypes, icon } = entry;
  return {
    name: name.trim(), description: entry.comment, kind: 'floating', image,
    app: { command, arguments: given, folder: orNull(folder ?? ''), version: orNull(version), category: categoryOf(entry), fileTypes, parameters: [], open: true, shared: false, embed: [], icon },
    access: everybody ? [{ kind: 'role', name: 'user' }] : [],
    policy: null,
  };
}

/** An application as a form has it. */
export interface AppFields {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly category: string;
  readonly command: string;
  /** One in a line, as are types and origins. */
  readonly arguments: string;
  readonly folder: string;
  readonly fileTypes: string;
  readonly parameters: readonly ParameterFields[];
  readonly embed: string;
  readonly open: boolean;
  readonly shared: boolean;
  readonly icon: string | null;
}

export interface ParameterFields {
  readonly name: string;
  readonly label: string;
  readonly pattern: string;
  readonly argument: string;
}

export const noParameter: ParameterFields = { name: '', label: '', pattern: '', argument: '{value}' };

export function fieldsOf({ settings: { name, description, app } }: Published): AppFields {
  return {
    name: name ?? '', description: description ?? '', version: app.version ?? '', category: app.category ?? '', command: app.command, arguments: app.arguments.join('\n'), folder: app.folder ?? '', fileTypes: app.fileTypes.join('\n'),
    parameters: app.parameters.map((parameter) => ({ ...parameter, pattern: parameter.pattern ?? '' })), embed: app.embed.join('\n'), open: app.open, shared: app.shared, icon: app.icon,
  };
}

export function changeOf(fields: AppFields): AppChange {
  const { name, description, version, category, command, folder, fileTypes, parameters, embed, open, shared, icon } = fields;
  return {
    name: name.trim(), description: description.trim(),
    app: {
      command: command.trim(), arguments: fields.arguments.split('\n').filter((line) => line !== ''), folder: orNull(folder), version: orNull(version), category: orNull(category), fileTypes: lines(fileTypes),
      parameters: parameters.map((parameter): ParameterDocument => ({ name: parameter.name.trim(), label: parameter.label.trim() || parameter.name.trim(), pattern: orNull(parameter.pattern), argument: parameter.argument })),
      embed: lines(embed).map(originOf), open, shared, icon,
    },
  };
}

/** A link as a form has it. */
export interface LinkFields {
  readonly name: string;
  /** As an input of the kind datetime-local has it. */
  readonly expires: string;
  readonly maxUses: string;
  readonly clipboard: boolean;
  readonly files: boolean;
  readonly minutes: string;
  readonly arguments: Arguments;
}

export function requestOf({ name, expires, maxUses, clipboard, files, minutes, arguments: given }: LinkFields): LinkRequest {
  return {
    name: name.trim(), expires: new Date(expires).toISOString(), maxUses: numberOf(maxUses), clipboard, files, minutes: numberOf(minutes),
    arguments: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
  };
}

/** A time as an input of the kind datetime-local wants it: where the browser is, to the minute. */
export function localTime(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export type LinkState = 'good' | 'expired' | 'used-up' | 'revoked';

export function linkState({ problem }: Pick<LinkView, 'problem'>): LinkState {
  switch (problem) {
    case 'link-revoked': return 'revoked';
    case 'link-expired': return 'expired';
    case 'link-used-up': return 'used-up';
    default: return 'good';
  }
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
const lines = (text: string): string[] => text.split(/[\n,]/).map((line) => line.trim()).filter((line) => line !== '');
const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));

/** Of an address, its origin: people copy it from their browser. */
function originOf(text: string): string {
  try {
    const { origin } = new URL(text);
    return origin === 'null' ? text : origin;
  } catch {
    return text;
  }
}

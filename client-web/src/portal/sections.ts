import { isLaunching, isOpenable } from '../api/types';
import type { Desktop } from '../api/types';

/** What stands together on the start page: what runs, what one likes, what one used last, and the rest: by name, or by category where it is much. */
export interface Section {
  readonly kind: 'running' | 'favourites' | 'recent' | 'rest' | 'desktops' | 'category' | 'applications' | 'all';
  /** The category's name, where it is one. */
  readonly category?: string;
  readonly items: readonly Desktop[];
}

/** So many need no headings between them. */
const few = 6;
/** More than this are found by their category sooner than by their name. */
const mostByName = 12;
/** So many of those used last are lifted out of the rest. */
const mostRecent = 4;

const isRunning = ({ session }: Desktop): boolean => session !== null && (isOpenable(session.state) || isLaunching(session.state));

/** All of them in the order of the start page, each once; one section without a heading where they are few. */
export function sectionsOf(desktops: readonly Desktop[], language: string): Section[] {
  const { compare } = new Intl.Collator(language, { numeric: true, sensitivity: 'base' });
  const byName = (one: Desktop, other: Desktop): number => compare(one.name, other.name) || compare(one.app?.version ?? '', other.app?.version ?? '');
  const sorted = [...desktops].sort(byName);
  const running = sorted.filter(isRunning).sort((one, other) => latest(one.session?.since, other.session?.since));
  const idle = sorted.filter((each) => !isRunning(each));
  const favourites = idle.filter(({ favourite }) => favourite === true);
  const others = idle.filter(({ favourite }) => favourite !== true);
  const recent = others.filter(({ lastUsed }) => lastUsed != null).sort((one, other) => latest(one.lastUsed, other.lastUsed)).slice(0, mostRecent);
  const rest = others.filter((each) => !recent.includes(each));
  const first: Section[] = [{ kind: 'running', items: running }, { kind: 'favourites', items: favourites }, { kind: 'recent', items: recent }];
  const sections = [...first, ...(rest.length > mostByName ? byCategory(rest, compare) : [{ kind: 'rest', items: rest } as const])];
  const filled = sections.filter(({ items }) => items.length > 0);
  if (filled.length <= 1 || desktops.length <= few) return desktops.length === 0 ? [] : [{ kind: 'all', items: filled.flatMap(({ items }) => items) }];
  return filled;
}

/** Desktops first, then applications that have a category, then the others; each in the order that it has. */
function byCategory(rest: readonly Desktop[], compare: (one: string, other: string) => number): Section[] {
  const categories = [...new Set(rest.flatMap(({ app }) => app?.category ?? []))].sort(compare);
  return [
    { kind: 'desktops', items: rest.filter(({ app }) => !app) },
    ...categories.map((category): Section => ({ kind: 'category', category, items: rest.filter(({ app }) => app?.category === category) })),
    { kind: 'applications', items: rest.filter(({ app }) => app && !app.category) },
  ];
}

/** Those that have every word of what is searched in their name, version, description or category. */
export function found(desktops: readonly Desktop[], search: string): Desktop[] {
  const words = plain(search).split(/\s+/).filter((word) => word !== '');
  return desktops.filter(({ name, description, app }) => {
    const text = plain([name, app?.version, description, app?.category].join('\n'));
    return words.every((word) => text.includes(word));
  });
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();
const latest = (one: string | null | undefined, other: string | null | undefined): number => Date.parse(other ?? '') - Date.parse(one ?? '');

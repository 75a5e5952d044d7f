import type { MediumFormat } from '../../api/images';

export const formats = ['qcow2', 'raw', 'vmdk', 'vhdx', 'iso'] as const satisfies readonly MediumFormat[];

/** Endings of files that can be chosen. */
export const endings = '.qcow2,.img,.raw,.vmdk,.vhdx,.iso';

/** What stands in addresses beside the names of images. */
const reserved: ReadonlySet<string> = new Set(['uploads', 'imports', 'jobs', 'edits', 'media', 'recipes']);
const longest = 40;

/** What a file is by the ending of its name, as the server guesses; undefined where it does not tell. */
export function formatOf(fileName: string): MediumFormat | undefined {
  switch (/\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase()) {
    case 'qcow2': return 'qcow2';
    case 'img': case 'raw': return 'raw';
    case 'vmdk': return 'vmdk';
    case 'vhdx': return 'vhdx';
    case 'iso': return 'iso';
    default: return undefined;
  }
}

/** A name for what is made of a file: an image's where it becomes one, else the file's own without its ending. */
export function nameFor(fileName: string, format: MediumFormat | undefined): string {
  const stem = fileName.replace(/\.[^.]*$/, '');
  if (format === 'iso') return stem.slice(0, 100);
  return stem.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, longest).replace(/^-+|-+$/g, '');
}

/** Why the server would not take a name for an image; undefined where it would. */
export function badImageName(name: string): 'bad-image-name' | 'name-taken' | undefined {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name) || name.length > longest) return 'bad-image-name';
  return reserved.has(name) ? 'name-taken' : undefined;
}

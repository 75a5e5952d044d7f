import type { Arguments } from '../api/types';

/** Of an address's query, of which `search` is what follows the question mark, what an application has parameters for; all of it where nobody knows them yet. */
export function argumentsOf(search: string, names?: readonly string[]): Arguments {
  const given = [...new URLSearchParams(search)];
  return Object.fromEntries(given.filter(([name]) => name !== '' && names?.includes(name) !== false));
}

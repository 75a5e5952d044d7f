/** What the hidden field holds at rest: something to delete, so that the on-screen keyboard's backspace shows as a change. */
export const filler = '_'.repeat(32);

/** What was typed and deleted between two contents of the hidden field. */
export function typed(before: string, after: string): { readonly deleted: number; readonly text: string } {
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same++;
  return { deleted: [...before.slice(same)].length, text: after.slice(same) };
}

/** A thing in the order in which it is shown, with how deep it hangs below what it came from. */
export interface Row<T> {
  readonly item: T;
  readonly depth: number;
  /** Nothing after it comes from the same one. */
  readonly last: boolean;
}

/**
 * Things under what they came from, brothers in their given order. What came from something that is not among them, or from itself by
 * whatever way, stands at the root.
 */
export function forest<T>(items: readonly T[], idOf: (item: T) => string, parentOf: (item: T) => string | null): Row<T>[] {
  const known = new Map(items.map((item) => [idOf(item), item]));
  const children = new Map<string, T[]>();
  const roots: T[] = [];
  for (const item of items) {
    const parent = parentOf(item);
    if (parent === null || !known.has(parent) || circles(item, known, idOf, parentOf)) roots.push(item);
    else children.set(parent, [...children.get(parent) ?? [], item]);
  }
  const rows: Row<T>[] = [];
  const add = (brothers: readonly T[], depth: number): void => brothers.forEach((item, i) => {
    rows.push({ item, depth, last: i === brothers.length - 1 });
    add(children.get(idOf(item)) ?? [], depth + 1);
  });
  add(roots, 0);
  return rows;
}

function circles<T>(item: T, known: ReadonlyMap<string, T>, idOf: (item: T) => string, parentOf: (item: T) => string | null): boolean {
  const met = new Set([idOf(item)]);
  for (let at = parentOf(item); at !== null; ) {
    if (met.has(at)) return true;
    met.add(at);
    const parent = known.get(at);
    at = parent === undefined ? null : parentOf(parent);
  }
  return false;
}

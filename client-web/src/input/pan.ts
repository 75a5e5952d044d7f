/** The part of an element that scrolls. */
export interface Pannable {
  scrollLeft: number;
  scrollTop: number;
}

/** Moves what `viewport` shows as far as it goes, the content following the fingers; returns the part of the way that was left. */
export function pan(viewport: Pannable, dx: number, dy: number): { readonly dx: number; readonly dy: number } {
  const { scrollLeft, scrollTop } = viewport;
  viewport.scrollLeft = scrollLeft - dx;
  viewport.scrollTop = scrollTop - dy;
  const left = (way: number, moved: number): number => (Math.abs(way + moved) < 1 ? 0 : way + moved);
  return { dx: left(dx, viewport.scrollLeft - scrollLeft), dy: left(dy, viewport.scrollTop - scrollTop) };
}

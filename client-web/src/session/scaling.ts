import type { Scaling } from '../input/fit';

const key = 'vdi:scaling';
export const scalings: readonly Scaling[] = ['smooth', 'whole'];

/** What this browser's user chose; smooth where nothing was chosen, or nothing can be kept. */
export function chosenScaling(): Scaling {
  try {
    const kept = localStorage.getItem(key);
    return scalings.find((each) => each === kept) ?? 'smooth';
  } catch {
    return 'smooth';
  }
}

export function keepScaling(wanted: Scaling): void {
  try {
    localStorage.setItem(key, wanted);
  } catch {
    // Then it lasts as long as the page.
  }
}

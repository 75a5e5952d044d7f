import { quality } from '../wire/messages';
import type { Quality } from '../wire/messages';

const key = 'vdi:quality';
export const qualities = Object.keys(quality) as readonly Quality[];

/** What this browser's user chose; automatic where nothing was chosen, or nothing can be kept. */
export function chosenQuality(): Quality {
  try {
    const kept = localStorage.getItem(key);
    return qualities.find((each) => each === kept) ?? 'automatic';
  } catch {
    return 'automatic';
  }
}

export function keepQuality(wanted: Quality): void {
  try {
    localStorage.setItem(key, wanted);
  } catch {
    // Then it lasts as long as the page.
  }
}

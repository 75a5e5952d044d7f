/** What this browser's user chose, kept under `key`; `otherwise` where nothing was chosen, or nothing can be kept. */
export function chosen<T extends string>(key: string, choices: readonly T[], otherwise: T): T {
  try {
    const kept = localStorage.getItem(key);
    return choices.find((each) => each === kept) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(key: string, wanted: string): void {
  try {
    localStorage.setItem(key, wanted);
  } catch {
    // Then it lasts as long as the page.
  }
}

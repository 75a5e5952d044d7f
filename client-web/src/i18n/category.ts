import type { TFunction } from 'i18next';

/** A category of applications as people call it: those that are common have a name in every language, others are shown as they were given. */
export function categoryName(t: TFunction, category: string): string {
  return t(`start.category.${category}` as 'start.category.Office', { defaultValue: category });
}

import type { TFunction } from 'i18next';
import { bytesText } from '../../i18n/format';
import type { FileRefusal } from '../../session/file-send';

/** Why files do not go to or from a desktop, and what to do about it. */
export function refusedText({ code, most }: FileRefusal, t: TFunction, exists: (key: string) => boolean, language: string): string {
  if (code === 'too-large') return most === undefined ? t('files.refused.too-large-unsaid') : t('files.refused.too-large', { most: bytesText(most, language) });
  const key = `files.refused.${code}`;
  return exists(key) ? t(key as 'files.refused.folder') : t('files.refused.unknown');
}

import type { TFunction } from 'i18next';
import { bytesText, rateText, spanText } from '../i18n/format';
import type { UploadState } from './upload';

/** How quickly something goes; undefined while nobody can say. */
export type Pace = Pick<Extract<UploadState, { kind: 'sending' }>, 'bytesPerSecond' | 'secondsLeft'>;

/** How much of it is there, and how quickly it goes where it goes at all. */
export function sentText(sent: number, bytes: number, pace: Pace | undefined, t: TFunction, language: string): string {
  const size = t('transfer.sending', { sent: bytesText(sent, language), size: bytesText(bytes, language) });
  if (pace === undefined) return size;
  const { bytesPerSecond, secondsLeft } = pace;
  const going = bytesPerSecond === undefined || secondsLeft === undefined ? t('transfer.measuring') : t('transfer.rate', { rate: rateText(bytesPerSecond, language), left: spanText(secondsLeft, language) });
  return `${size} · ${going}`;
}

import { quality } from '../wire/messages';
import type { Quality } from '../wire/messages';
import { chosen, keep } from './choice';

const key = 'vdi:quality';
export const qualities = Object.keys(quality) as readonly Quality[];

export const chosenQuality = (): Quality => chosen(key, qualities, 'automatic');
export const keepQuality = (wanted: Quality): void => keep(key, wanted);

import type { Scaling } from '../input/fit';
import { chosen, keep } from './choice';

const key = 'vdi:scaling';
export const scalings: readonly Scaling[] = ['smooth', 'whole'];

export const chosenScaling = (): Scaling => chosen(key, scalings, 'smooth');
export const keepScaling = (wanted: Scaling): void => keep(key, wanted);

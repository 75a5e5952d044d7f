import type { PolicyDocument } from '../../api/images';
import type { DayOfWeek } from '../../api/schema';

export const weekDays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const satisfies readonly DayOfWeek[];

/** A policy as a form has it. */
export interface PolicyFields {
  /** Text, for it may be empty. */
  readonly keep: string;
  readonly script: string;
  readonly updates: boolean;
  readonly days: readonly DayOfWeek[];
  /** Hours and minutes: 22:00. */
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}

export function fieldsOf({ keep, checkScript, update }: PolicyDocument, hereZone: string): PolicyFields {
  return {
    keep: keep == null ? '' : String(keep),
    script: checkScript ?? '',
    updates: update != null,
    days: update?.hours.days ?? ['saturday'],
    from: (update?.hours.from ?? '22:00').slice(0, 5),
    to: (update?.hours.to ?? '04:00').slice(0, 5),
    zone: update?.timeZone ?? hereZone,
  };
}

export function documentOf({ keep, script, updates, days, from, to, zone }: PolicyFields): PolicyDocument {
  return {
    keep: keep.trim() === '' ? null : Number(keep),
    checkScript: script.trim() === '' ? null : script,
    update: updates ? { hours: { days: weekDays.filter((day) => days.includes(day)), from, to }, timeZone: zone } : null,
  };
}

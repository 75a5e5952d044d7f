import { ApiError } from '../api/client';
import type { en } from './i18n/en';

export type LinkRefusal = keyof typeof en.application.link.refused;

const known: ReadonlySet<string> = new Set(['link-unknown', 'link-expired', 'link-used-up', 'link-revoked', 'link-origin', 'app-closed-now', 'no-capacity', 'bad-arguments', 'unreachable'] satisfies LinkRefusal[]);
/** Those that pass, or may pass. */
const passing: ReadonlySet<LinkRefusal> = new Set(['app-closed-now', 'no-capacity', 'unreachable', 'other']);
/** Those with which a new link helps. */
const askFor: ReadonlySet<LinkRefusal> = new Set(['link-unknown', 'link-expired', 'link-used-up', 'link-revoked', 'bad-arguments']);

/** Why a link was not opened, as far as whoever has it may know: its kind, and nothing of what the server has to say beside. */
export function refusalOf(error: unknown): LinkRefusal {
  if (!(error instanceof ApiError)) return 'other';
  const { code, reason } = error.problem;
  // Of what there is no room for, one may know that it is closed.
  if (code === 'no-capacity' && (reason === 'pool-closed' || reason === 'pool-hours')) return 'app-closed-now';
  return code !== undefined && known.has(code) ? code as LinkRefusal : 'other';
}

export const mayPass = (refusal: LinkRefusal): boolean => passing.has(refusal);
export const wantsNewLink = (refusal: LinkRefusal): boolean => askFor.has(refusal);

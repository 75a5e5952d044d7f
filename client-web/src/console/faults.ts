import { ApiError } from '../api/client';

/** What is wrong with each field of what was sent: the code, by the field's path. */
export function faultsOf(error: Error | null): ReadonlyMap<string, string> {
  if (!(error instanceof ApiError)) return new Map();
  return new Map(error.errors.flatMap(({ field, code }) => (field === undefined ? [] : [[field, code] as const])));
}

import { ApiError } from '../api/client';

/** The session that has one's files, as the refusal of another one names it. */
export function homeHolder(error: Error | null): { readonly session: string; readonly name: string } | undefined {
  if (!(error instanceof ApiError) || error.code !== 'home-in-use') return undefined;
  const { session, poolName } = error.problem;
  return typeof session === 'string' ? { session, name: typeof poolName === 'string' ? poolName : '' } : undefined;
}

import { MutationCache, QueryCache, QueryClient, useMutation, useQuery } from '@tanstack/react-query';
import { api, ApiError } from '../api/client';
import { isLaunching } from '../api/types';
import type { Desktop, Me, SessionPhase } from '../api/types';

/** Answers that concern every page: signed out meanwhile, or a password to change first. */
function onError(error: Error): void {
  if (!(error instanceof ApiError)) return;
  // A ticket that is not taken says nothing about who is signed in.
  if (error.status === 401 && error.code !== 'wrong-ticket') queryClient.setQueryData<Me | null>(['me'], null);
  if (error.code === 'password-change-required') void queryClient.invalidateQueries({ queryKey: ['me'] });
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: { retry: (count, error) => error instanceof ApiError && error.status === 0 && count < 2, staleTime: 1_000 },
    // A refusal is shown at once, also offline.
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** Who is signed in; null for nobody. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    staleTime: Infinity,
    queryFn: () => api.me().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }),
  });
}

export function useDesktops() {
  return useQuery({ queryKey: ['desktops'], queryFn: api.desktops, refetchInterval: 3_000 });
}

/** Marks what one likes; shown at once, and taken back where the server refuses. */
export function useFavourite() {
  const mark = (id: string, on: boolean): void => {
    queryClient.setQueryData<Desktop[]>(['desktops'], (desktops) => desktops?.map((desktop) => (desktop.id === id ? { ...desktop, favourite: on } : desktop)));
  };
  return useMutation({
    mutationFn: ({ id, on }: { readonly id: string; readonly on: boolean }) => api.favourite(id, on),
    onMutate: async ({ id, on }) => {
      // An answer that was asked for before would take it back.
      await queryClient.cancelQueries({ queryKey: ['desktops'] });
      mark(id, on);
    },
    onError: (_, { id, on }) => mark(id, !on),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['desktops'] }),
  });
}

/** One's own files; refused with `no-home` where there are none yet. */
export function useHome(enabled: boolean) {
  return useQuery({ queryKey: ['home'], queryFn: api.home, enabled, staleTime: 0, retry: false, refetchInterval: ({ state }) => (state.data?.usedBy ? 3_000 : false) });
}

export function useNotices() {
  return useQuery({ queryKey: ['notices'], queryFn: api.notices, refetchInterval: 30_000 });
}

/** A session, followed closely while it waits for its machine. */
export function useSession(id: string | undefined, initial?: SessionPhase) {
  return useQuery({
    queryKey: ['session', id],
    queryFn: () => api.session(id ?? ''),
    enabled: id !== undefined,
    staleTime: 0,
    gcTime: 0,
    refetchInterval: ({ state }) => {
      const phase = state.data?.state ?? initial;
      return phase !== undefined && isLaunching(phase) ? 400 : false;
    },
  });
}

/** A session that was ended is no longer offered, also before the next answer of the server: resuming it would show its end. */
export function forgetSession(id: string): void {
  queryClient.setQueryData<Desktop[]>(['desktops'], (desktops) => desktops?.map((desktop) => (desktop.session?.id === id ? { ...desktop, session: null } : desktop)));
}

export function useEndSession() {
  return useMutation({
    mutationFn: api.end,
    onSuccess: (_, id) => forgetSession(id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['desktops'] }),
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: api.signOut,
    onSuccess: () => {
      queryClient.setQueryData<Me | null>(['me'], null);
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
    },
  });
}

import { useQuery } from '@tanstack/react-query';
import { apps } from '../../api/apps';
import { queryClient } from '../../portal/queries';

const all = ['apps'] as const;
const pollMs = 4_000;

/** Asks anew for everything that is shown of applications. */
export function refreshApps(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: all });
}

export function usePools() {
  return useQuery({ queryKey: [...all, 'pools'], queryFn: async () => (await apps.pools()).items, refetchInterval: pollMs });
}

/** As it was when its form was opened: what is edited does not change meanwhile. */
export function usePool(id: string) {
  return useQuery({ queryKey: ['app', id], queryFn: () => apps.pool(id), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
}

export function useLinks(id: string) {
  return useQuery({ queryKey: [...all, 'links', id], queryFn: async () => (await apps.links(id)).items, refetchInterval: pollMs });
}

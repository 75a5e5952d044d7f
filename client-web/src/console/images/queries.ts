import { useMutation, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ApiError } from '../../api/client';
import { images } from '../../api/images';
import { queryClient } from '../../portal/queries';
import { imports } from '../upload/imports';
import { pollMs, underWay } from './model';

const all = ['images'] as const;
/** Of what is over, so much is shown. */
const recent = 12;

/** Asks anew for everything that is shown of images. */
export function refreshImages(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: all });
}

/** Jobs, newest first; they set the pace for everything else, for what changes, changes by them. */
export function useJobs(image?: string) {
  return useQuery({
    queryKey: [...all, 'jobs', image],
    queryFn: async () => (await images.jobs(recent, image)).items,
    refetchInterval: ({ state }) => pollMs(underWay(state.data ?? []).length > 0),
  });
}

export function useVersions(busy: boolean) {
  return useQuery({ queryKey: [...all, 'versions'], queryFn: images.versions, refetchInterval: pollMs(busy) });
}

export function useImage(name: string, busy: boolean) {
  return useQuery({ queryKey: [...all, 'image', name], queryFn: () => images.image(name), refetchInterval: pollMs(busy) });
}

export function useEdits(busy: boolean) {
  return useQuery({ queryKey: [...all, 'edits'], queryFn: async () => (await images.edits()).items, refetchInterval: pollMs(busy) });
}

export function useRecipes(busy: boolean) {
  return useQuery({ queryKey: [...all, 'recipes'], queryFn: images.recipes, refetchInterval: pollMs(busy) });
}

export function useMedia(busy = false) {
  return useQuery({ queryKey: [...all, 'media'], queryFn: images.media, refetchInterval: pollMs(busy) });
}

export function useUploads() {
  return useQuery({ queryKey: [...all, 'uploads'], queryFn: images.uploads, refetchInterval: pollMs(false) });
}

/** One edit, open or over. Its machine changes by itself, too: it may be switched off from within. */
export function useEdit(id: string) {
  return useQuery({
    queryKey: [...all, 'edit', id],
    queryFn: () => images.edit(id),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.closed != null ? false : state.data?.job == null && state.data?.state === 'ready' ? 2_000 : 1_000),
  });
}

/** A job, until it is over. */
export function useJob(id: string | undefined) {
  return useQuery({
    queryKey: [...all, 'job', id],
    queryFn: () => images.job(id ?? ''),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.ended == null ? pollMs(true) : false),
  });
}

/** Something that changes images; what is shown is asked for anew after it, also where it was refused. */
export function useAct<A = void, T = unknown>(work: (argument: A) => Promise<T>, then?: (result: T) => void) {
  return useMutation<T, Error, A>({ mutationFn: work, ...(then === undefined ? {} : { onSuccess: then }), onSettled: refreshImages });
}

export function useImports() {
  return useSyncExternalStore(
    (changed) => {
      const listening = imports.changed.on(changed);
      return () => listening.dispose();
    },
    () => imports.snapshot,
  );
}

export function isUnknown(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

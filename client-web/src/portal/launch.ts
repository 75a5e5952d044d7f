import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '../api/client';
import { isLaunching, isOpenable } from '../api/types';
import type { Desktop, SessionView } from '../api/types';
import { queryClient, useSession } from './queries';

let opened: number | undefined;

/** When Open was last clicked, in performance.now() milliseconds; taken once, by the desktop that it opened. */
export function takeOpened(): number | undefined {
  const at = opened;
  opened = undefined;
  return at;
}

let handed: { readonly session: string; readonly files: readonly File[] } | undefined;

/** The files with which a session was opened from its card; taken once, by the application that it opened. */
export function takeHanded(session: string): readonly File[] {
  const files = handed?.session === session ? handed.files : [];
  handed = undefined;
  return files;
}

export interface Launch {
  /** The session as it is now, with its place in line and its steps. */
  readonly session: SessionView | null;
  readonly opening: boolean;
  readonly error: Error | null;
  /** With files, which the application opens. */
  open(files?: readonly File[]): void;
  /** Opens it although one's own files are in another desktop. */
  openWithoutHome(): void;
  /** The refusal was read. */
  dismiss(): void;
  /** The person has ended the session: what becomes of it is no failure. */
  forget(): void;
}

/** Opening one desktop: asks for a session, follows it, and goes to its page as soon as there is a machine. */
export function useLaunch(desktop: Desktop): Launch {
  const [, navigate] = useLocation();
  const [wanted, setWanted] = useState<string>();
  const known = desktop.session !== null && isLaunching(desktop.session.state) ? desktop.session : undefined;
  const followed = useSession(wanted ?? known?.id, known?.state);
  const session = (followed.isError ? undefined : followed.data) ?? desktop.session;

  const files = useRef<readonly File[]>([]);
  const go = useCallback((id: string): void => {
    handed = { session: id, files: files.current };
    navigate(`/desktop/${id}`);
  }, [navigate]);

  const launch = useMutation({
    mutationFn: (withoutHome: boolean) => api.launch(desktop.id, withoutHome ? { withoutHome } : {}),
    onSuccess: (view) => {
      queryClient.setQueryData(['session', view.id], view);
      if (isOpenable(view.state)) go(view.id);
      else setWanted(view.id);
    },
  });

  const ready = wanted !== undefined && session?.id === wanted && isOpenable(session.state);
  useEffect(() => {
    if (ready) go(wanted);
  }, [ready, wanted, go]);
  const over = wanted !== undefined && (followed.isError || session?.state === 'ended');
  useEffect(() => {
    if (over) void queryClient.invalidateQueries({ queryKey: ['desktops'] });
  }, [over]);

  return {
    session,
    opening: launch.isPending || (wanted !== undefined && !over),
    error: launch.error ?? (wanted === undefined ? null : followed.error),
    open: (given = []) => {
      opened = performance.now();
      files.current = given;
      setWanted(undefined);
      if (session && isOpenable(session.state)) go(session.id);
      else launch.mutate(false);
    },
    openWithoutHome: () => launch.mutate(true),
    dismiss: () => launch.reset(),
    forget: () => setWanted(undefined),
  };
}

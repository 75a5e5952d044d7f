import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
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

export interface Launch {
  /** The session as it is now, with its place in line and its steps. */
  readonly session: SessionView | null;
  readonly opening: boolean;
  readonly error: Error | null;
  open(): void;
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

  const launch = useMutation({
    mutationFn: (withoutHome: boolean) => api.launch(desktop.id, withoutHome),
    onSuccess: (view) => {
      queryClient.setQueryData(['session', view.id], view);
      if (isOpenable(view.state)) navigate(`/desktop/${view.id}`);
      else setWanted(view.id);
    },
  });

  const ready = wanted !== undefined && session?.id === wanted && isOpenable(session.state);
  useEffect(() => {
    if (ready) navigate(`/desktop/${wanted}`);
  }, [ready, wanted, navigate]);
  const over = wanted !== undefined && (followed.isError || session?.state === 'ended');
  useEffect(() => {
    if (over) void queryClient.invalidateQueries({ queryKey: ['desktops'] });
  }, [over]);

  return {
    session,
    opening: launch.isPending || (wanted !== undefined && !over),
    error: launch.error ?? (wanted === undefined ? null : followed.error),
    open: () => {
      opened = performance.now();
      setWanted(undefined);
      if (session && isOpenable(session.state)) navigate(`/desktop/${session.id}`);
      else launch.mutate(false);
    },
    openWithoutHome: () => launch.mutate(true),
    dismiss: () => launch.reset(),
    forget: () => setWanted(undefined),
  };
}

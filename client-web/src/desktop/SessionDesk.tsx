import i18next from 'i18next';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { AppOver } from '../app/AppOver';
import { api } from '../api/client';
import type { ShownApp } from '../api/types';
import { secondMonitor } from '../session/monitor';
import type { Monitor } from '../session/monitor';
import { personSettings } from '../session/person';
import { ConfirmEnd } from '../portal/ConfirmEnd';
import { queryClient, useEndSession, useSession } from '../portal/queries';
import type { DesktopAccess } from './controller';
import { Desk } from './Desk';
import type { DeskHandle } from './Desk';
import { EndPanel } from './EndPanel';

interface SessionDeskProps {
  readonly id: string;
  /** Which of the desktop's monitors. */
  readonly monitor: Monitor;
  readonly name: string | undefined;
  /** The application that it shows, where it is no desktop. */
  readonly app: ShownApp | null | undefined;
  /** When the person clicked, in performance.now() milliseconds. */
  readonly opened: number;
  /** What the application shall open. */
  readonly files: readonly File[];
  /** Opens the application anew. */
  readonly onReopen: () => void;
}

/** The desktop of a session on the whole window; it can be left, and ended. */
export function SessionDesk({ id, monitor, name, app, opened, files, onReopen }: SessionDeskProps) {
  const [, navigate] = useLocation();
  const desk = useRef<DeskHandle>(null);
  const [access] = useState<DesktopAccess>(() => ({ ticket: async () => api.ticket(id, await personSettings(i18next.language), monitor), view: () => api.session(id) }));
  const [openFile] = useState(() => (name: string) => api.openFile(id, name));
  /** What is to be ended, while the person is asked. */
  const [asked, setAsked] = useState<string>();
  const end = useEndSession();
  const view = useSession(asked === undefined ? undefined : id);
  const second = useRef<Window>(null);
  useEffect(() => () => {
    // Who leaves the desktop leaves it on both monitors.
    second.current?.close();
    void queryClient.invalidateQueries({ queryKey: ['desktops'] });
  }, []);
  const openSecond = (): void => {
    if (second.current?.closed === false) second.current.focus();
    else second.current = window.open(secondMonitor(id), '', 'popup,width=1280,height=800');
  };
  if (monitor === 2) {
    return (
      <Desk
        access={access} name={name} opened={opened} monitor={2} onLeave={() => window.close()}
        over={({ reason, detail, cause }, again) => <EndPanel session={id} reason={reason} detail={detail} cause={cause} onAgain={again} second />}
      />
    );
  }
  return (
    <>
      <Desk
        ref={desk} access={access} name={name} app={app} opened={opened} handed={files} onOpenFile={openFile}
        over={(ended, again) => (app
          ? <AppOver name={app.name} ended={ended} view={access.view} session={id} onAgain={again} onReopen={onReopen} onBack={() => navigate('/')} />
          : <EndPanel session={id} reason={ended.reason} detail={ended.detail} cause={ended.cause} onAgain={again} />)}
        onLeave={() => navigate('/')} {...(app ? {} : { onMonitor: openSecond })} onEnd={setAsked} onOver={() => setAsked(undefined)}
      />
      <ConfirmEnd
        name={asked ?? ''} app={Boolean(app)} opened={asked !== undefined} keepsHome={view.data?.home === 'here'} returnFocus={false}
        onClose={() => { setAsked(undefined); setTimeout(() => desk.current?.focus(), 50); }}
        onConfirm={() => end.mutate(id, { onSettled: () => navigate('/') })}
      />
    </>
  );
}

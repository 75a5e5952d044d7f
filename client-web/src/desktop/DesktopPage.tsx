import { Button, Loader } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearch } from 'wouter';
import { api, ApiError } from '../api/client';
import { isLaunching, isOpenable } from '../api/types';
import { AppOver } from '../app/AppOver';
import { monitorOf } from '../session/monitor';
import { takeHanded, takeOpened } from '../portal/launch';
import { LaunchProgress } from '../portal/LaunchProgress';
import { useSession } from '../portal/queries';
import { EndPanel } from './EndPanel';
import { SessionDesk } from './SessionDesk';

/** /desktop/{id}: opened by a click it connects at once; opened by its address it first asks how far the session is. */
export default function DesktopPage({ id }: { readonly id: string }) {
  const [opened] = useState(takeOpened);
  const [files] = useState(() => takeHanded(id));
  return <SessionPage id={id} opened={opened ?? 0} ready={opened !== undefined} files={files} />;
}

interface SessionPageProps {
  readonly id: string;
  /** When the person clicked, in performance.now() milliseconds. */
  readonly opened: number;
  /** There is a machine to connect to. */
  readonly ready: boolean;
  /** What the application shall open. */
  readonly files?: readonly File[];
  /** Opens the application anew; missing to go to its own page for that. */
  readonly onReopen?: () => void;
}

/** A session from its waiting for a machine to its end. */
export function SessionPage({ id, opened, ready: known, files = [], onReopen }: SessionPageProps) {
  const [, navigate] = useLocation();
  const [ready, setReady] = useState(known);
  const view = useSession(id);
  const monitor = monitorOf(useSearch());
  const reopen = onReopen ?? (() => navigate(`/app/${encodeURIComponent(view.data?.pool ?? '')}`, { replace: true }));
  if (!ready && view.data && isOpenable(view.data.state)) setReady(true);
  if (ready) return <SessionDesk key={monitor} id={id} monitor={monitor} name={view.data?.poolName} app={view.data?.app} opened={opened} files={files} onReopen={reopen} />;
  return <div className="desk"><Waiting view={view} onReopen={reopen} /></div>;
}

/** Whoever does not want to wait here can wait at the start page. */
function BackButton() {
  const { t } = useTranslation();
  return <Button component={Link} href="/" variant="subtle" color="gray.5" mt="md" data-testid="session-back">{t('session.back')}</Button>;
}

function Waiting({ view, onReopen }: { readonly view: ReturnType<typeof useSession>; readonly onReopen: () => void }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const again = (): void => void view.refetch();
  const id = view.data?.id ?? '';
  const ask = useCallback(() => api.session(id), [id]);
  if (view.isError) {
    const gone = view.error instanceof ApiError && view.error.status === 404;
    return <EndPanel reason={gone ? 'ended' : 'unreachable'} detail="" onAgain={again} />;
  }
  if (!view.data) return <div className="desk-note" data-place="centre"><Loader size="sm" color="gray" />{t('session.connecting')}</div>;
  const { state, app, reason } = view.data;
  if (isLaunching(state)) return <div className="desk-panel"><div className="desk-panel-in"><LaunchProgress session={view.data} /><BackButton /></div></div>;
  if (app) return <AppOver name={app.name} ended={{ reason: 'ended', detail: '', cause: reason ?? undefined }} view={ask} session={id} onAgain={again} onReopen={onReopen} onBack={() => navigate('/')} />;
  return <EndPanel reason="ended" detail="" cause={reason ?? undefined} onAgain={again} />;
}

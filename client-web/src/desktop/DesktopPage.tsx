import { Button, Loader } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearch } from 'wouter';
import { ApiError } from '../api/client';
import { isLaunching, isOpenable } from '../api/types';
import { monitorOf } from '../session/monitor';
import { takeOpened } from '../portal/launch';
import { LaunchProgress } from '../portal/LaunchProgress';
import { useSession } from '../portal/queries';
import { EndPanel } from './EndPanel';
import { SessionDesk } from './SessionDesk';

/** /desktop/{id}: opened by a click it connects at once; opened by its address it first asks how far the session is. */
export default function DesktopPage({ id }: { readonly id: string }) {
  const [opened] = useState(takeOpened);
  const [ready, setReady] = useState(opened !== undefined);
  const view = useSession(id);
  const monitor = monitorOf(useSearch());
  if (!ready && view.data && isOpenable(view.data.state)) setReady(true);
  if (ready) return <SessionDesk key={monitor} id={id} monitor={monitor} name={view.data?.poolName} app={view.data?.app} opened={opened ?? 0} />;
  return <div className="desk"><Waiting view={view} /></div>;
}

/** Whoever does not want to wait here can wait at the start page. */
function BackButton() {
  const { t } = useTranslation();
  return <Button component={Link} href="/" variant="subtle" color="gray.5" mt="md" data-testid="session-back">{t('session.back')}</Button>;
}

function Waiting({ view }: { readonly view: ReturnType<typeof useSession> }) {
  const { t } = useTranslation();
  if (view.isError) {
    const gone = view.error instanceof ApiError && view.error.status === 404;
    return <EndPanel reason={gone ? 'ended' : 'unreachable'} detail="" onAgain={() => void view.refetch()} />;
  }
  if (!view.data) return <div className="desk-note" data-place="centre"><Loader size="sm" color="gray" />{t('session.connecting')}</div>;
  if (!isLaunching(view.data.state)) return <EndPanel reason="ended" detail="" cause={view.data.reason ?? undefined} onAgain={() => void view.refetch()} />;
  return <div className="desk-panel"><div className="desk-panel-in"><LaunchProgress session={view.data} /><BackButton /></div></div>;
}

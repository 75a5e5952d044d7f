import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isLaunching, isOpenable } from '../api/types';
import type { Desktop, SessionView } from '../api/types';
import type { Dropped } from '../desktop/files/dropped';
import { takes } from './accepts';
import { CardPicture } from './CardPicture';
import { ConfirmEnd, HomeInUse } from './dialogs';
import { ErrorNote, ReasonNote } from './ErrorNote';
import { homeHolder } from './homeHolder';
import { useLaunch } from './launch';
import { LaunchProgress } from './LaunchProgress';
import { useEndSession, useFavourite } from './queries';
import { CardMenu } from './menus';
import { Star } from './Star';
import { useCardDrop } from './useCardDrop';

interface DesktopCardProps {
  readonly desktop: Desktop;
  /** Whether it stands below a heading of its own. */
  readonly headed?: boolean;
}

/** A desktop or an application: what it is, how it is, and what can be done with it. */
export function DesktopCard({ desktop, headed = false }: DesktopCardProps) {
  const { t } = useTranslation();
  const launch = useLaunch(desktop);
  const end = useEndSession();
  const favourite = useFavourite();
  const [asking, setAsking] = useState(false);
  /** Why files were not taken. */
  const [refused, setRefused] = useState<string>();
  const { app, name } = desktop;
  const session = live(launch.session);
  const resumable = session !== null && isOpenable(session.state);
  const waiting = session !== null && isLaunching(session.state);
  const failed = launch.session?.state === 'ended' ? launch.session.reason : null;
  const closed = session?.state === 'ending' || (desktop.state === 'unavailable' && !resumable);
  const failure = end.error ?? favourite.error;
  const fileTypes = app?.fileTypes ?? [];
  const openWith = ({ files, folders }: Dropped): void => {
    const wrong = files.filter((file) => !takes(fileTypes, file));
    if (folders.length > 0) setRefused(t('files.refused.folder'));
    else if (wrong.length > 0) setRefused(t('card.refused', { app: name, files: wrong.map((file) => file.name).join(', ') }));
    else if (files.length > 0) open(files);
  };
  const open = (files: readonly File[] = []): void => {
    setRefused(undefined);
    launch.open(files);
  };
  const drop = useCardDrop(fileTypes.length > 0 && !closed && !waiting && !launch.opening, openWith);
  const confirmed = (): void => {
    if (!session) return;
    launch.forget();
    end.mutate(session.id);
  };
  const Heading = headed ? 'h3' : 'h2';
  return (
    <li className="card" data-testid={`desktop-card-${desktop.id}`} data-state={session?.state ?? desktop.state} data-over={drop.over} {...drop.handlers}>
      <CardPicture desktop={desktop} quiet={desktop.state === 'unavailable' && !resumable} />
      <div className="card-body">
        <div className="card-head">
          <Heading className="card-name">{name}{app?.version && ' '}{app?.version && <span className="card-version" title={t('card.version', { version: app.version })}>{app.version}</span>}</Heading>
          <div className="card-tools">
            <Star name={name} on={desktop.favourite === true} onToggle={() => favourite.mutate({ id: desktop.id, on: desktop.favourite !== true })} />
            {app && <CardMenu id={desktop.id} name={name} fileTypes={closed || waiting ? [] : fileTypes} onFiles={(files) => openWith({ files, folders: [] })} />}
          </div>
        </div>
        {desktop.description && <Text size="sm" className="soft word-keep">{desktop.description}</Text>}
        {!waiting && <State desktop={desktop} session={session} />}
        {!resumable && !waiting && desktop.state !== 'available' && desktop.reason && <ReasonNote reason={desktop.reason} />}
        {resumable && session.home === 'without' && <Text size="sm" className="soft word-keep">{t('home.isWithout')}</Text>}
        {resumable && session.reason && <ReasonNote reason={session.reason} />}
        {waiting && session && <LaunchProgress session={session} />}
        {failed && <div role="alert"><Text size="sm" fw={600} c="red" className="word-keep">{app ? t('launch.failedApp') : t('launch.failed')}</Text><ReasonNote reason={failed} color="red" /></div>}
        {refused !== undefined && <Text size="sm" c="red" className="word-keep" role="alert" data-testid="file-refused">{refused}</Text>}
        {launch.error && homeHolder(launch.error) === undefined && <ErrorNote error={launch.error} />}
        {failure && <ErrorNote error={failure} />}
        <div className="card-actions">
          <Button onClick={() => open()} loading={launch.opening} disabled={closed} data-testid={`desktop-open-${desktop.id}`}>
            {resumable ? t('desktop.resume') : t('desktop.open')}
          </Button>
          {(resumable || waiting) && (
            <Button variant="default" onClick={() => setAsking(true)} loading={end.isPending} data-testid="desktop-end">{t('desktop.end')}</Button>
          )}
        </div>
      </div>
      {drop.over && <div className="card-drop" data-testid="card-drop"><span>{t('card.drop', { name })}</span></div>}
      <HomeInUse error={launch.error} onClose={launch.dismiss} onWithout={launch.openWithoutHome} />
      <ConfirmEnd name={name} app={Boolean(app)} keepsHome={session?.home === 'here'} opened={asking} onClose={() => setAsking(false)} onConfirm={confirmed} />
    </li>
  );
}

function live(session: SessionView | null): SessionView | null {
  return session === null || session.state === 'ended' ? null : session;
}

function State({ desktop, session }: { readonly desktop: Desktop; readonly session: SessionView | null }) {
  const { t } = useTranslation();
  const [tone, text] = ((): [string, string] => {
    if (session?.state === 'ending') return ['wait', t('desktop.ending')];
    if (session?.state === 'connected') return ['good', t('desktop.runningElsewhere')];
    if (session) return ['good', t('desktop.running')];
    if (desktop.state === 'unavailable') return ['bad', t('desktop.unavailable')];
    if (desktop.state === 'preparing') return ['wait', t('desktop.preparing')];
    return ['good', desktop.ready > 0 ? t('desktop.ready', { count: desktop.ready }) : t('desktop.onDemand')];
  })();
  return <div className="card-state"><span className={`dot dot-${tone}`} aria-hidden="true" /><span className="soft">{text}</span></div>;
}

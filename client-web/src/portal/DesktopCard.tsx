import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isLaunching, isOpenable } from '../api/types';
import type { Desktop, SessionView } from '../api/types';
import { ConfirmEnd, HomeInUse } from './dialogs';
import { ErrorNote, ReasonNote } from './ErrorNote';
import { homeHolder } from './homeHolder';
import { useLaunch } from './launch';
import { LaunchProgress } from './LaunchProgress';
import { useEndSession } from './queries';

export function DesktopCard({ desktop }: { readonly desktop: Desktop }) {
  const { t } = useTranslation();
  const launch = useLaunch(desktop);
  const end = useEndSession();
  const [asking, setAsking] = useState(false);
  const session = live(launch.session);
  const resumable = session !== null && isOpenable(session.state);
  const waiting = session !== null && isLaunching(session.state);
  const failed = launch.session?.state === 'ended' ? launch.session.reason : null;
  const confirmed = (): void => {
    if (!session) return;
    launch.forget();
    end.mutate(session.id);
  };
  return (
    <li className="card" data-testid={`desktop-card-${desktop.id}`} data-state={session?.state ?? desktop.state}>
      <Thumbnail seed={desktop.id} quiet={desktop.state === 'unavailable' && !resumable} />
      <div className="card-body">
        <h2 className="card-name">{desktop.name}</h2>
        {desktop.description && <Text size="sm" className="soft word-keep">{desktop.description}</Text>}
        {!waiting && <State desktop={desktop} session={session} />}
        {!resumable && !waiting && desktop.state !== 'available' && desktop.reason && <ReasonNote reason={desktop.reason} />}
        {resumable && session.home === 'without' && <Text size="sm" className="soft word-keep">{t('home.isWithout')}</Text>}
        {resumable && session.reason && <ReasonNote reason={session.reason} />}
        {waiting && session && <LaunchProgress session={session} />}
        {failed && <div role="alert"><Text size="sm" fw={600} c="red" className="word-keep">{t('launch.failed')}</Text><ReasonNote reason={failed} color="red" /></div>}
        {launch.error && homeHolder(launch.error) === undefined && <ErrorNote error={launch.error} />}
        {end.error && <ErrorNote error={end.error} />}
        <div className="card-actions">
          <Button
            onClick={launch.open} loading={launch.opening} disabled={session?.state === 'ending' || (desktop.state === 'unavailable' && !resumable)}
            data-testid={`desktop-open-${desktop.id}`}
          >
            {resumable ? t('desktop.resume') : t('desktop.open')}
          </Button>
          {(resumable || waiting) && (
            <Button variant="default" onClick={() => setAsking(true)} loading={end.isPending} data-testid="desktop-end">{t('desktop.end')}</Button>
          )}
        </div>
      </div>
      <HomeInUse error={launch.error} onClose={launch.dismiss} onWithout={launch.openWithoutHome} />
      <ConfirmEnd name={desktop.name} keepsHome={session?.home === 'here'} opened={asking} onClose={() => setAsking(false)} onConfirm={confirmed} />
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

/** A drawn desktop; its colour follows from the id, so that people know their cards again. */
function Thumbnail({ seed, quiet }: { readonly seed: string; readonly quiet: boolean }) {
  let hash = 7;
  for (const character of seed) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  const hue = [172, 205, 232, 150, 28, 268][hash % 6] ?? 172;
  const colour = (lightness: number): string => `hsl(${hue} ${quiet ? 6 : 42}% ${lightness}%)`;
  return (
    <svg className="card-picture" viewBox="0 0 320 136" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="320" height="136" fill={colour(27)} />
      <circle cx="268" cy="10" r="96" fill={colour(33)} />
      <circle cx="300" cy="4" r="58" fill={colour(40)} />
      <rect x="34" y="30" width="132" height="84" rx="7" fill="#fff" fillOpacity=".15" />
      <path d="M34 37a7 7 0 0 1 7-7h118a7 7 0 0 1 7 7v8H34z" fill="#fff" fillOpacity=".25" />
      <rect x="46" y="56" width="66" height="5" rx="2.5" fill="#fff" fillOpacity=".55" />
      <rect x="46" y="69" width="96" height="5" rx="2.5" fill="#fff" fillOpacity=".3" />
      <rect x="46" y="82" width="82" height="5" rx="2.5" fill="#fff" fillOpacity=".3" />
      <rect x="128" y="62" width="104" height="58" rx="7" fill={colour(56)} />
      <path d="M128 69a7 7 0 0 1 7-7h90a7 7 0 0 1 7 7v7H128z" fill="#fff" fillOpacity=".35" />
    </svg>
  );
}

import { Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { ScaleMode } from '../input/fit';
import { api } from '../api/client';
import { ConfirmEnd } from '../portal/ConfirmEnd';
import { queryClient, useEndSession } from '../portal/queries';
import { chosenScaling, keepScaling } from '../session/scaling';
import type { SessionState } from '../session/session';
import type { Extent } from '../wire/messages';
import { DesktopController } from './controller';
import type { DesktopAccess } from './controller';
import { EndPanel } from './EndPanel';
import { NoticeNote } from './NoticeNote';
import { ReplayEnd } from './ReplayEnd';
import { Toolbar } from './Toolbar';
import type { ToolbarHandle } from './Toolbar';
import { Typing } from './Typing';
import type { TypingHandle } from './Typing';
import { useFit } from './useFit';

interface DeskProps {
  readonly id: string;
  readonly name: string | undefined;
  /** When the person clicked, in performance.now() milliseconds. */
  readonly opened: number;
  /** A recording, to be looked at and no more. */
  readonly replay?: DesktopAccess;
}

/** The desktop on the whole window: picture, controls and what there is to say about the connection. */
export function Desk({ id, name: poolName, opened, replay }: DeskProps) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const screen = useRef<HTMLDivElement>(null);
  const viewport = useRef<HTMLDivElement>(null);
  const toolbar = useRef<ToolbarHandle>(null);
  const typing = useRef<TypingHandle>(null);
  const [controller, setController] = useState<DesktopController>();
  const [state, setState] = useState<SessionState>({ kind: 'connecting' });
  const [extent, setExtent] = useState<Extent>();
  const [mode, setMode] = useState<ScaleMode>('fit');
  const [scaling, setScaling] = useState(chosenScaling);
  const [asking, setAsking] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const [name, setName] = useState(poolName);
  const [clicked, setClicked] = useState(opened);
  const end = useEndSession();
  const crisp = useFit(viewport, screen, extent, mode, scaling);
  const title = name ?? poolName ?? t('session.desktop');
  useDocumentTitle(`${title} · ${t('app.name')}`);
  const focus = (): void => screen.current?.focus({ preventScroll: true });

  useEffect(() => {
    if (!screen.current || !viewport.current) return;
    const made = new DesktopController(replay ?? { ticket: () => api.ticket(id), view: () => api.session(id) }, screen.current, viewport.current, clicked);
    made.state.on((next) => {
      setState(next);
      if (next.kind === 'ended') setAsking(false);
      if (next.kind !== 'connected') return;
      if (next.name !== '') setName(next.name);
      // Coming back must not take the keyboard from a dialog or the controls.
      if (document.activeElement === document.body) focus();
    });
    made.resized.on(setExtent);
    made.escaped.on(() => toolbar.current?.open());
    setController(made);
    return () => {
      made.dispose();
      void queryClient.invalidateQueries({ queryKey: ['desktops'] });
    };
  }, [id, replay, attempt, clicked]);

  const again = (): void => {
    setState({ kind: 'connecting' });
    setExtent(undefined);
    setClicked(performance.now());
    setAttempt(attempt + 1);
  };
  const confirmed = (): void => end.mutate(id, { onSettled: () => navigate('/') });
  const ended = state.kind === 'ended';

  return (
    <div className="desk">
      <div className="desk-scroll" data-mode={mode} ref={viewport}>
        <div
          ref={screen} className="screen" tabIndex={0} role="application" aria-label={t('session.screen', { name: title })} aria-describedby="tools-hint"
          data-testid="screen" data-state={state.kind} data-empty={extent === undefined} data-crisp={crisp}
        />
      </div>
      {controller && !ended && !replay && <Typing ref={typing} input={controller.input} />}
      {state.kind === 'connecting' && <Note place="centre" text={t('session.connecting')} />}
      {state.kind === 'reconnecting' && <Note place="top" text={t('session.reconnecting')} />}
      {controller && !ended && <NoticeNote controller={controller} />}
      {ended && replay && <ReplayEnd />}
      {ended && !replay && <EndPanel session={id} reason={state.reason} detail={state.detail} cause={state.cause} onAgain={again} />}
      {controller && !ended && (
        <Toolbar
          ref={toolbar} controller={controller} watching={replay !== undefined} mode={mode} connected={state.kind === 'connected'} onDone={focus}
          onMode={() => setMode(mode === 'fit' ? 'actual' : 'fit')}
          scaling={scaling}
          onScaling={(wanted) => { keepScaling(wanted); setScaling(wanted); }}
          onCtrlAltDel={() => controller.input.keys.chord('ControlLeft', 'AltLeft', 'Delete')}
          onKeyboard={() => typing.current?.open()}
          onEnd={() => setAsking(true)}
          onLeave={() => navigate('/')}
        />
      )}
      <ConfirmEnd name={title} opened={asking} returnFocus={false} onClose={() => { setAsking(false); setTimeout(focus, 50); }} onConfirm={confirmed} />
    </div>
  );
}

function Note({ place, text }: { readonly place: 'centre' | 'top'; readonly text: string }) {
  return <div className="desk-note" data-place={place} role="status"><Loader size="xs" color="gray" />{text}</div>;
}

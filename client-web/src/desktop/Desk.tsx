import { Button, Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { ReactNode, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { ShownApp } from '../api/types';
import type { ScaleMode } from '../input/fit';
import { appTitle } from '../session/app-title';
import { chosenFollowing, keepFollowing } from '../session/following';
import { AppFiles } from '../session/app-files';
import type { Monitor } from '../session/monitor';
import { chosenScaling, keepScaling } from '../session/scaling';
import type { SessionState } from '../session/session';
import type { Extent } from '../wire/messages';
import { DesktopController } from './controller';
import type { DesktopAccess } from './controller';
import { DeskFiles } from './files/DeskFiles';
import type { DeskFilesHandle, FileRights } from './files/DeskFiles';
import { NoticeNote } from './NoticeNote';
import { SendText } from './SendText';
import { Toolbar } from './Toolbar';
import type { ToolbarHandle } from './Toolbar';
import { Typing } from './Typing';
import type { TypingHandle } from './Typing';
import { useFit } from './useFit';
import { useFollow } from './useFollow';
import { useIcon } from './useIcon';

export type Ended = Extract<SessionState, { kind: 'ended' }>;

export interface DeskHandle {
  /** Gives the keyboard to the desktop. */
  focus(): void;
}

interface DeskProps {
  readonly ref?: Ref<DeskHandle>;
  /** Must stay the same one: another one is another desktop. */
  readonly access: DesktopAccess;
  /** Undefined for what its host calls it. */
  readonly name: string | undefined;
  /** The application that is shown, where it is no desktop. */
  readonly app?: ShownApp | null | undefined;
  /** When the person clicked, in performance.now() milliseconds. */
  readonly opened: number;
  /** What is shown where it is over; `again` tries once more. */
  readonly over: (ended: Ended, again: () => void) => ReactNode;
  /** Which of its monitors this is. */
  readonly monitor?: Monitor;
  /** It can only be looked at. */
  readonly watching?: boolean;
  /** Missing where there is nowhere to go. */
  readonly onLeave?: () => void;
  /** Opens the second monitor, where the machine has one. */
  readonly onMonitor?: () => void;
  /** The person wants it to end; asks first. */
  readonly onEnd?: (name: string) => void;
  /** Shows or hides what stands beside the desktop. */
  readonly onPanel?: () => void;
  /** It is over, however that came. */
  readonly onOver?: () => void;
  /** Files that the application shall open as soon as it is there. */
  readonly handed?: readonly File[] | undefined;
  /** Opens a file of the machine in the application; must stay the same one. */
  readonly onOpenFile?: ((name: string) => Promise<void>) | undefined;
  /** How the connection is. */
  readonly onState?: (state: SessionState) => void;
  /** What the application's window is called now. */
  readonly onTitle?: (title: string) => void;
}

/** A desktop in the place that it is given: picture, controls and what there is to say about the connection. */
export function Desk({ ref, access, name: givenName, app, opened, over, monitor = 1, watching = false, onLeave, onMonitor, onEnd, onPanel, onOver, handed, onOpenFile, onState, onTitle }: DeskProps) {
  const { t } = useTranslation();
  const desk = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const viewport = useRef<HTMLDivElement>(null);
  const toolbar = useRef<ToolbarHandle>(null);
  const typing = useRef<TypingHandle>(null);
  const files = useRef<DeskFilesHandle>(null);
  /** Until they are on their way. */
  const hand = useRef([...handed ?? []]);
  const told = useRef({ onOver, onState, onTitle });
  const [controller, setController] = useState<DesktopController>();
  const [state, setState] = useState<SessionState>({ kind: 'connecting' });
  /** As it was last allowed: a line that drops takes nothing from the page. */
  const [fileRights, setFileRights] = useState<FileRights>({ send: false, fetch: false });
  const [extent, setExtent] = useState<Extent>();
  const [mode, setMode] = useState<ScaleMode>('fit');
  const [scaling, setScaling] = useState(chosenScaling);
  const [following, setFollowing] = useState(chosenFollowing);
  const [monitors, setMonitors] = useState(1);
  const [attempt, setAttempt] = useState(0);
  const [appFiles, setAppFiles] = useState<AppFiles>();
  /** Those that could not be sent to be opened. */
  const [unsent, setUnsent] = useState<readonly File[]>([]);
  const [sending, setSending] = useState(false);
  /** What the host calls it. */
  const [name, setName] = useState<string>();
  /** What the application's window is called. */
  const [windowTitle, setWindowTitle] = useState('');
  const [clicked, setClicked] = useState(opened);
  const crisp = useFit(viewport, screen, extent, mode, scaling);
  // A second monitor has no size of its own: it is switched on by being told one.
  useFollow(viewport, controller, monitor === 2 && following === 'off' ? 'css' : following);
  const desktop = givenName ?? name ?? t('session.desktop');
  const title = monitor === 2 ? t('session.second', { name: desktop }) : desktop;
  useDocumentTitle(app ? appTitle(windowTitle, app.name) : `${title} · ${t('app.name')}`);
  useIcon(app?.icon);
  const focus = (): void => screen.current?.focus({ preventScroll: true });
  useImperativeHandle(ref, () => ({ focus }), []);
  useEffect(() => {
    told.current = { onOver, onState, onTitle };
  });

  useEffect(() => {
    if (!screen.current || !viewport.current) return;
    const made = new DesktopController(access, screen.current, viewport.current, clicked);
    const opening = onOpenFile && new AppFiles(made.files, onOpenFile);
    made.state.on((next) => {
      setState(next);
      told.current.onState?.(next);
      if (next.kind === 'ended') told.current.onOver?.();
      if (next.kind !== 'connected') return;
      if (next.name !== '') setName(next.name);
      void made.monitors().then(setMonitors);
      setFileRights({ send: made.maySendFiles, fetch: made.mayFetchFiles });
      const files = hand.current.splice(0);
      if (made.maySendFiles) opening?.send(files);
      else if (files.length > 0) setUnsent(files);
      // Coming back must not take the keyboard from a dialog or the controls.
      if (document.activeElement === document.body) focus();
    });
    made.resized.on(setExtent);
    made.titled.on((said) => {
      setWindowTitle(said);
      told.current.onTitle?.(said);
    });
    made.escaped.on(() => toolbar.current?.open());
    setController(made);
    setAppFiles(opening);
    return () => {
      opening?.dispose();
      made.dispose();
    };
  }, [access, attempt, clicked, onOpenFile]);

  const again = (): void => {
    setState({ kind: 'connecting' });
    setExtent(undefined);
    setWindowTitle('');
    setClicked(performance.now());
    setAttempt(attempt + 1);
  };
  const ended = state.kind === 'ended';

  return (
    <div className="desk" ref={desk}>
      <div className="desk-scroll" data-mode={mode} ref={viewport}>
        <div
          ref={screen} className="screen" tabIndex={0} role="application" aria-label={t('session.screen', { name: title })} aria-describedby="tools-hint"
          data-testid="screen" data-state={state.kind} data-empty={extent === undefined} data-crisp={crisp}
        />
      </div>
      {controller && !ended && !watching && <Typing ref={typing} controller={controller} />}
      {state.kind === 'connecting' && <Note place="centre" text={t('session.connecting')} />}
      {state.kind === 'reconnecting' && <Note place="top" text={t('session.reconnecting')} />}
      {controller && !ended && <NoticeNote controller={controller} />}
      {ended && over(state, again)}
      {controller && !ended && (
        <Toolbar
          ref={toolbar} controller={controller} mode={mode} connected={state.kind === 'connected'} watching={watching} app={app?.name} onDone={focus}
          onMode={() => setMode(mode === 'fit' ? 'actual' : 'fit')}
          scaling={scaling}
          onScaling={(wanted) => { keepScaling(wanted); setScaling(wanted); }}
          following={following}
          onFollowing={(wanted) => { keepFollowing(wanted); setFollowing(wanted); }}
          onCtrlAltDel={() => controller.input.keys.chord('ControlLeft', 'AltLeft', 'Delete')}
          onKeyboard={() => typing.current?.open()}
          onSendText={() => setSending(true)}
          onFiles={fileRights.send || fileRights.fetch ? (byKeyboard) => files.current?.toggle(byKeyboard) : undefined}
          monitor={monitor}
          onLeave={onLeave}
          onMonitor={monitors > 1 ? onMonitor : undefined}
          onEnd={onEnd && (() => onEnd(app?.name ?? title))}
          onPanel={onPanel}
        />
      )}
      {controller && !watching && <SendText opened={sending && !ended} connected={state.kind === 'connected'} keys={controller.input.keys} onClose={() => { setSending(false); setTimeout(focus, 50); }} />}
      {controller && !ended && <DeskFiles ref={files} desk={desk} files={controller.files} rights={fileRights} connected={state.kind === 'connected'} opening={app && appFiles ? { app: app.name, files: appFiles } : undefined} onDone={focus} />}
      {app && unsent.length > 0 && <Unsent app={app.name} files={unsent} onRead={() => { setUnsent([]); focus(); }} />}
    </div>
  );
}

function Note({ place, text }: { readonly place: 'centre' | 'top'; readonly text: string }) {
  return <div className="desk-note" data-place={place} role="status"><Loader size="xs" color="gray" />{text}</div>;
}

/** Says that files are not opened, since none may be sent. */
function Unsent({ app, files, onRead }: { readonly app: string; readonly files: readonly File[]; readonly onRead: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="desk-notice" role="alert" data-testid="files-unsent">
      <p className="word-keep">{t('application.mayNotSend', { name: app, files: files.map(({ name }) => name).join(', ') })}</p>
      <Button size="xs" variant="light" onClick={onRead}>{t('notice.seen')}</Button>
    </div>
  );
}

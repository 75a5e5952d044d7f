import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { FocusEvent, KeyboardEvent, MouseEvent, PointerEvent, ReactNode, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { canCapture } from '../input/capture';
import { canFullScreen, toggleFullScreen } from '../input/fullscreen';
import type { ScaleMode, Scaling } from '../input/fit';
import { qualities } from '../session/quality';
import { followings } from '../session/following';
import type { Following } from '../session/following';
import type { Monitor } from '../session/monitor';
import { scalings } from '../session/scaling';
import type { DesktopController } from './controller';
import { LineNote } from './LineNote';
import { ActualIcon, CaptureIcon, ChevronIcon, FilesIcon, FitIcon, FullScreenIcon, KeyboardIcon, LeaveIcon, MonitorsIcon, PanelIcon, PowerIcon, SendTextIcon, WindowedIcon } from '../portal/icons';

export interface ToolbarHandle {
  open(): void;
}

interface ToolbarProps {
  readonly ref: Ref<ToolbarHandle>;
  readonly controller: DesktopController;
  readonly mode: ScaleMode;
  readonly scaling: Scaling;
  readonly following: Following;
  readonly connected: boolean;
  /** Something was chosen: the desktop gets the keyboard back. */
  readonly onDone: () => void;
  readonly onMode: () => void;
  readonly onScaling: (wanted: Scaling) => void;
  readonly onFollowing: (wanted: Following) => void;
  readonly onCtrlAltDel: () => void;
  readonly onKeyboard: () => void;
  readonly onSendText: () => void;
  /** Which of the desktop's monitors this is. */
  readonly monitor: Monitor;
  /** Missing where there is no second one to open. */
  readonly onMonitor?: (() => void) | undefined;
  /** Missing where no files go either way. */
  readonly onFiles?: ((byKeyboard: boolean) => void) | undefined;
  /** There is nothing to do here but to look. */
  readonly watching: boolean;
  /** What it is, where it is an application. */
  readonly app?: string | undefined;
  /** Missing where there is nowhere to go. */
  readonly onLeave?: (() => void) | undefined;
  readonly onEnd?: (() => void) | undefined;
  readonly onPanel?: (() => void) | undefined;
}

const greetMs = 2_500;
const lingerMs = 900;
/** Whoever clicks this soon after the pointer opened the controls had aimed at the handle, and wanted them open: not shut again, nor the tool
    that has slid under the pointer. */
const aimMs = 250;

/** The controls over a desktop. They hide by themselves and come back at their handle, or with Ctrl+Alt+Shift. */
export function Toolbar({ ref, controller, mode, scaling, following, connected, watching, app, onDone, onMode, onScaling, onFollowing, onCtrlAltDel, onKeyboard, onSendText, monitor, onMonitor, onFiles, onLeave, onEnd, onPanel }: ToolbarProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(true);
  const [full, setFull] = useState(document.fullscreenElement !== null);
  const [quality, setQuality] = useState(controller.quality);
  const row = useRef<HTMLDivElement>(null);
  const timer = useRef<number>(undefined);
  const over = useRef(false);
  /** When the mouse last opened them by coming over them. */
  const opened = useRef(-Infinity);
  const coarse = useMediaQuery('(any-pointer: coarse)');
  const fine = useMediaQuery('(any-pointer: fine)');
  // One stop for the Tab key; arrows go from tool to tool (https://www.w3.org/WAI/ARIA/apg/patterns/toolbar/).
  const [current, setCurrent] = useState(onLeave ? 'session-leave' : 'session-scale');
  const stop = (testId: string): Pick<ToolProps, 'testId' | 'stop' | 'onFocus'> => ({ testId, stop: current === testId, onFocus: () => setCurrent(testId) });

  const hideIn = (milliseconds: number): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      if (!row.current?.contains(document.activeElement)) setOpen(false);
    }, milliseconds);
  };
  const show = (): void => {
    window.clearTimeout(timer.current);
    setOpen(true);
  };
  useImperativeHandle(ref, () => ({
    open: () => {
      show();
      requestAnimationFrame(() => row.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
    },
  }), []);
  useEffect(() => {
    if (connected && !over.current) hideIn(greetMs);
    return () => window.clearTimeout(timer.current);
  }, [connected]);
  useEffect(() => {
    const changed = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);

  const onPointerEnter = (event: PointerEvent): void => {
    if (event.pointerType !== 'mouse') return;
    over.current = true;
    if (!open) opened.current = event.timeStamp;
    show();
  };
  const onPointerLeave = (event: PointerEvent): void => {
    if (event.pointerType !== 'mouse') return;
    over.current = false;
    hideIn(lingerMs);
  };
  const onClickCapture = (event: MouseEvent): void => {
    if (event.detail > 0 && event.timeStamp - opened.current < aimMs) event.stopPropagation();
  };
  const choose = (action: () => void) => (): void => {
    action();
    onDone();
    hideIn(lingerMs);
  };
  const chooseFiles = (event: MouseEvent): void => {
    // A click that a key made comes without any: whoever uses keys goes on in the panel.
    const byKeyboard = event.detail === 0;
    if (!byKeyboard) onDone();
    onFiles?.(byKeyboard);
    hideIn(lingerMs);
  };
  const nextQuality = (): void => {
    const next = after(qualities, quality);
    controller.prefer(next);
    setQuality(next);
  };
  const onBlur = (event: FocusEvent): void => {
    if (!event.currentTarget.contains(event.relatedTarget)) hideIn(lingerMs);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const tools = [...row.current?.querySelectorAll('button') ?? []];
    const next = neighbour(event.key, tools.indexOf(document.activeElement as HTMLButtonElement), tools.length);
    if (next !== undefined) {
      event.preventDefault();
      tools[next]?.focus();
    }
    if (event.key !== 'Escape') return;
    onDone();
    setOpen(false);
  };
  return (
    <div className="tools" data-open={open} onPointerEnter={onPointerEnter} onPointerLeave={onPointerLeave} onClickCapture={onClickCapture} onBlur={onBlur} onKeyDown={onKeyDown}>
      <div className="tools-panel" inert={!open}>
        <div className="tools-row" role="toolbar" aria-label={t('session.toolbar')} ref={row}>
          {onLeave && <Tool label={t(monitor === 2 ? 'session.close' : 'session.leave')} {...stop('session-leave')} onClick={onLeave}><LeaveIcon /></Tool>}
          {onLeave && <span className="tools-gap" />}
          {canFullScreen() && (
            <Tool label={full ? t('session.exitFullScreen') : t('session.fullScreen')} {...stop('session-full-screen')} onClick={choose(() => void toggleFullScreen().catch(() => undefined))}>
              {full ? <WindowedIcon /> : <FullScreenIcon />}
            </Tool>
          )}
          <Tool label={mode === 'fit' ? t('session.actual') : t('session.fit')} {...stop('session-scale')} onClick={choose(onMode)}>{mode === 'fit' ? <ActualIcon /> : <FitIcon />}</Tool>
          {!watching && <Tool label={t('session.ctrlAltDel')} {...stop('session-ctrl-alt-del')} onClick={choose(onCtrlAltDel)} text>Ctrl+Alt+Del</Tool>}
          {!watching && fine && canCapture() && <Tool label={t('session.capture')} {...stop('session-capture')} onClick={choose(() => controller.capture())}><CaptureIcon /></Tool>}
          {!watching && coarse && <Tool label={t('session.keyboard')} {...stop('session-keyboard')} onClick={() => { onKeyboard(); setOpen(false); }}><KeyboardIcon /></Tool>}
          {!watching && <Tool label={t('sendText.title')} {...stop('session-send-text')} onClick={() => { onSendText(); setOpen(false); }}><SendTextIcon /></Tool>}
          {onMonitor && <Tool label={t('session.monitor')} {...stop('session-monitor')} onClick={choose(onMonitor)}><MonitorsIcon /></Tool>}
          {onFiles && <Tool label={t('session.files')} {...stop('session-files')} onClick={chooseFiles}><FilesIcon /></Tool>}
          {(onEnd ?? onPanel) && <span className="tools-gap" />}
          {onPanel && <Tool label={t('session.panel')} {...stop('session-panel')} onClick={onPanel}><PanelIcon /></Tool>}
          {onEnd && <Tool label={app === undefined ? t('session.end') : t('session.endApp', { name: app })} {...stop('session-end')} onClick={onEnd} danger><PowerIcon /></Tool>}
        </div>
        <div className="tools-second">
          <LineNote controller={controller} />
          {!watching && monitor === 1 && <Choice name={t(`following.${following}.name`)} hint={t(`following.${following}.hint`)} testId="session-following" onClick={() => onFollowing(after(followings, following))} />}
          <Choice name={t(`scaling.${scaling}.name`)} hint={t(`scaling.${scaling}.hint`)} testId="session-scaling" onClick={() => onScaling(after(scalings, scaling))} />
          <Choice name={t(`quality.${quality}.name`)} hint={t(`quality.${quality}.hint`)} testId="session-quality" onClick={nextQuality} />
        </div>
        <div className="tools-hint" id="tools-hint">{t('session.hint')}</div>
      </div>
      <button type="button" className="tools-handle" aria-label={open ? t('session.hide') : t('session.show')} title={open ? t('session.hide') : t('session.show')} aria-expanded={open} data-testid="session-tools" onClick={() => (open ? setOpen(false) : show())}>
        <ChevronIcon size={16} />
      </button>
    </div>
  );
}

/** The choice behind `current`; behind the last comes the first. */
export function after<T>(choices: readonly T[], current: T): T {
  return choices[(choices.indexOf(current) + 1) % choices.length] ?? current;
}

/** Which of `count` tools a key leads to from tool `at`; undefined where the key leads nowhere. */
export function neighbour(key: string, at: number, count: number): number | undefined {
  if (at < 0) return undefined;
  switch (key) {
    case 'ArrowRight': return (at + 1) % count;
    case 'ArrowLeft': return (at + count - 1) % count;
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return undefined;
  }
}

/** What is chosen; a click goes on to the next. */
function Choice({ name, hint, testId, onClick }: { readonly name: string; readonly hint: string; readonly testId: string; readonly onClick: () => void }) {
  return <button type="button" className="tools-choice" aria-label={hint} title={hint} data-testid={testId} onClick={onClick}>{name}</button>;
}

interface ToolProps {
  readonly label: string;
  readonly testId: string;
  /** Whether the Tab key stops here. */
  readonly stop: boolean;
  readonly onFocus: () => void;
  readonly onClick: (event: MouseEvent) => void;
  readonly danger?: boolean;
  readonly text?: boolean;
  readonly children: ReactNode;
}

function Tool({ label, testId, stop, onFocus, onClick, danger = false, text = false, children }: ToolProps) {
  return (
    <button type="button" className={`tool${danger ? ' tool-danger' : ''}${text ? ' tool-text' : ''}`} aria-label={label} title={label} data-testid={testId} tabIndex={stop ? 0 : -1} onFocus={onFocus} onClick={onClick}>
      {children}
    </button>
  );
}

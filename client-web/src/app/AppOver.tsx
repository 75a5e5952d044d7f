import './i18n';
import { Button, Group, Loader, Text, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reason } from '../api/types';
import { ReasonNote } from '../portal/ErrorNote';
import { queryClient } from '../portal/queries';
import { ReportProblem } from '../portal/ReportProblem';
import type { EndReason, SessionOptions } from '../session/session';
import { useCause } from './useCause';

interface AppOverProps {
  /** The application's. */
  readonly name: string;
  readonly ended: { readonly reason: EndReason; readonly detail: string; readonly cause?: Reason | undefined };
  readonly view: SessionOptions['view'];
  /** The session, where its person may report a problem with it. */
  readonly session?: string;
  /** Connects once more. */
  readonly onAgain: () => void;
  /** Opens the application anew. */
  readonly onReopen: () => void;
  /** Missing for whoever has nothing but this application. */
  readonly onBack?: () => void;
  /** Why it is over is known now. */
  readonly onKnown?: (code: string) => void;
}

/** Why an application is no longer shown: its person closed it, it failed, or what else there may be; and what one can do. */
export function AppOver({ name, ended: { reason, detail, cause: told }, view, session, onAgain, onReopen, onBack, onKnown }: AppOverProps) {
  const { t, i18n } = useTranslation();
  const [reporting, setReporting] = useState(false);
  const gone = reason === 'ended' || reason === 'failed';
  const asked = useCause(view, gone && told === undefined);
  const code = (gone ? (told ?? asked.reason)?.code : undefined) ?? reason;
  const said = useRef(onKnown);
  useEffect(() => {
    if (asked.settled) said.current?.(code);
  }, [asked.settled, code]);
  if (!asked.settled) return <div className="desk-note" data-place="centre" role="status"><Loader size="sm" color="gray" /></div>;
  const cause = told ?? asked.reason;
  const closed = code === 'app-closed';
  const failed = code === 'app-failed';
  const key = closed ? 'application.closed' : failed ? 'application.failed' : reason === 'signed-out' && onBack === undefined ? 'application.link.sessionOver' : `application.over.${reason}`;
  const back = (): void => {
    void queryClient.invalidateQueries({ queryKey: ['desktops'] });
    onBack?.();
  };
  const [label, act] = ((): [string, () => void] => {
    if (closed) return [t('application.closed.open'), onReopen];
    if (failed) return [t('application.failed.start'), onReopen];
    if (reason === 'signed-out' && onBack) return [t('session.signIn'), () => void queryClient.resetQueries({ queryKey: ['me'] })];
    if (gone || reason === 'signed-out') return [t('application.closed.open'), onReopen];
    return [reason === 'taken-over' ? t('session.here') : t('application.again'), onAgain];
  })();
  return (
    <Panel name={closed ? 'app-closed' : failed ? 'app-failed' : reason} title={t(`${key}.title` as 'application.closed.title', { name })} text={t(`${key}.text` as 'application.closed.text', { name })}>
      {failed && cause && cause.detail !== '' && <><Text mt="md" size="sm" fw={600} c="#b4bfc0">{t('application.failed.output')}</Text><pre className="desk-panel-output" lang="en" tabIndex={0} data-testid="app-output">{cause.detail}</pre></>}
      {cause && !closed && !failed && <div className="desk-panel-cause"><ReasonNote reason={cause} /></div>}
      {!cause && (reason === 'unreachable' || reason === 'refused') && detail !== '' && i18n.language.startsWith('en') && <Text mt={8} size="sm" c="#8b999b">{detail}</Text>}
      <Group mt="lg" gap="sm">
        <Button onClick={act} autoFocus data-testid="app-again">{label}</Button>
        {onBack && <Button variant="subtle" color="gray.5" onClick={back} data-testid="session-back">{t('application.back')}</Button>}
        {session !== undefined && (failed || reason === 'failed' || reason === 'unreachable') && <Button variant="subtle" color="gray.5" onClick={() => setReporting(true)} data-testid="session-report">{t('report.title')}</Button>}
      </Group>
      {session !== undefined && <ReportProblem opened={reporting} session={session} onClose={() => setReporting(false)} />}
    </Panel>
  );
}

/** Over the screen that is no longer shown. */
function Panel({ name, title, text, children }: { readonly name: string; readonly title: string; readonly text: string; readonly children: ReactNode }) {
  return (
    <div className="desk-panel">
      <div className="desk-panel-in" role="alertdialog" aria-labelledby="end-title" aria-describedby="end-text" data-testid={`panel-${name}`}>
        <Title order={1} size="h3" id="end-title" c="#eef3f2" className="word-keep">{title}</Title>
        <Text mt={8} id="end-text" className="word-keep" c="#b4bfc0">{text}</Text>
        {children}
      </div>
    </div>
  );
}

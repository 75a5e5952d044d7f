import { Button, Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Reason } from '../api/types';
import { ReasonNote } from '../portal/ErrorNote';
import { queryClient } from '../portal/queries';
import { ReportProblem } from '../portal/ReportProblem';
import type { EndReason } from '../session/session';

interface EndPanelProps {
  /** The session that is over, where there was one. */
  readonly session?: string;
  readonly reason: EndReason;
  readonly detail: string;
  /** What the server says of it. */
  readonly cause?: Reason | undefined;
  readonly onAgain: () => void;
  /** Whether this is the window of the second monitor, which only closes. */
  readonly second?: boolean;
}

/** Why the desktop is no longer shown, and what one can do. */
export function EndPanel({ session, reason, detail, cause, onAgain, second = false }: EndPanelProps) {
  const { t, i18n } = useTranslation();
  const [, navigate] = useLocation();
  const [reporting, setReporting] = useState(false);
  const again = reason === 'taken-over' ? t('session.here') : reason === 'unreachable' || reason === 'refused' || reason === 'idle' ? t('session.again') : undefined;
  const back = (): void => {
    // A window that nobody's click opened cannot close itself, and goes where the other one would.
    if (second) window.close();
    void queryClient.invalidateQueries({ queryKey: ['desktops'] });
    navigate('/');
  };
  const signIn = (): void => {
    void queryClient.resetQueries({ queryKey: ['me'] });
  };
  return (
    <div className="desk-panel">
      <div className="desk-panel-in" role="alertdialog" aria-labelledby="end-title" aria-describedby="end-text" data-testid={`panel-${reason}`}>
        <Title order={1} size="h3" id="end-title" c="#eef3f2">{t(`session.ended.${reason}.title`)}</Title>
        <Text mt={8} id="end-text" className="word-keep" c="#b4bfc0">{t(`session.ended.${reason}.text`)}</Text>
        {cause && <div className="desk-panel-cause"><ReasonNote reason={cause} /></div>}
        {!cause && detail !== '' && reason !== 'taken-over' && reason !== 'first-closed' && i18n.language.startsWith('en') && <Text mt={8} size="sm" c="#8b999b">{detail}</Text>}
        <Group mt="lg" gap="sm">
          {reason === 'signed-out' && <Button onClick={signIn} autoFocus>{t('session.signIn')}</Button>}
          {(reason === 'failed' || reason === 'unreachable') && <Button variant="subtle" color="gray.5" onClick={() => setReporting(true)} data-testid="session-report">{t('report.title')}</Button>}
          {again !== undefined && <Button onClick={onAgain} autoFocus data-testid="session-again">{again}</Button>}
          {reason !== 'signed-out' && <Button variant={again === undefined ? 'filled' : 'subtle'} color={again === undefined ? 'tide' : 'gray.5'} onClick={back} autoFocus={again === undefined} data-testid="session-back">{t(second ? 'session.closeWindow' : 'session.back')}</Button>}
        </Group>
      </div>
      <ReportProblem opened={reporting} session={session} onClose={() => setReporting(false)} />
    </div>
  );
}

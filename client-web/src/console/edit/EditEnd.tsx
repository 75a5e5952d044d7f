import { Button, Group, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { queryClient } from '../../portal/queries';
import type { EndReason } from '../../session/session';

interface EditEndProps {
  readonly reason: EndReason;
  readonly detail: string;
  readonly onAgain: () => void;
  readonly onLeave: () => void;
}

/** Why the screen of an editing machine that still runs is not shown any more. */
export function EditEnd({ reason, detail, onAgain, onLeave }: EditEndProps) {
  const { t, i18n } = useTranslation();
  const key = reason === 'ended' || reason === 'failed' ? 'unreachable' : reason;
  return (
    <div className="desk-panel">
      <div className="desk-panel-in" role="alertdialog" aria-labelledby="end-title" aria-describedby="end-text" data-testid={`panel-${reason}`}>
        <Title order={1} size="h3" id="end-title" c="#eef3f2">{t(`session.ended.${key}.title`)}</Title>
        <Text mt={8} id="end-text" className="word-keep" c="#b4bfc0">{t(`session.ended.${key}.text`)}</Text>
        {detail !== '' && reason !== 'taken-over' && i18n.language.startsWith('en') && <Text mt={8} size="sm" c="#8b999b">{detail}</Text>}
        <Group mt="lg" gap="sm">
          {reason === 'signed-out'
            ? <Button onClick={() => void queryClient.resetQueries({ queryKey: ['me'] })} autoFocus>{t('session.signIn')}</Button>
            : <Button onClick={onAgain} autoFocus data-testid="session-again">{reason === 'taken-over' ? t('session.here') : t('session.again')}</Button>}
          <Button variant="subtle" color="gray.5" onClick={onLeave}>{t('console.edit.toImage')}</Button>
        </Group>
      </div>
    </div>
  );
}

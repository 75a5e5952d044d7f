import { Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** A recording is not shown any more. There is nothing to go back to here: its server has nothing else. */
export function ReplayEnd() {
  const { t } = useTranslation();
  return (
    <div className="desk-panel">
      <div className="desk-panel-in" role="alertdialog" aria-labelledby="end-title" aria-describedby="end-text" data-testid="panel-replay">
        <Title order={1} size="h3" id="end-title" c="#eef3f2">{t('replay.over.title')}</Title>
        <Text mt={8} id="end-text" className="word-keep" c="#b4bfc0">{t('replay.over.text')}</Text>
      </div>
    </div>
  );
}

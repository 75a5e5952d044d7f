import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AppMessage } from './AppMessage';
import { mayPass, wantsNewLink } from './refusal';
import type { LinkRefusal } from './refusal';

/** Why a link does not open anything, and what to do about it. */
export function LinkRefused({ code, onAgain }: { readonly code: LinkRefusal; readonly onAgain: () => void }) {
  const { t } = useTranslation();
  return (
    <AppMessage title={t(`application.link.refused.${code}.title`)} text={t(`application.link.refused.${code}.text`)} testId="link-refused" code={code}>
      {wantsNewLink(code) && <Text className="word-keep" ta="center">{t('application.link.ask')}</Text>}
      {mayPass(code) && <Button mt="md" onClick={onAgain} data-testid="app-again">{t('application.again')}</Button>}
    </AppMessage>
  );
}

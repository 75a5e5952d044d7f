import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { homeHolder } from './homeHolder';

export interface HomeInUseProps {
  readonly error: Error | null;
  readonly onClose: () => void;
  readonly onWithout: () => void;
}

/** One's files can be in one desktop at a time: go on in that, or open this one without them. */
export function HomeInUse({ error, onClose, onWithout }: HomeInUseProps) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const holder = homeHolder(error);
  return (
    <Modal opened={holder !== undefined} onClose={onClose} title={<Text fw={650} size="lg">{t('home.elsewhere')}</Text>} centered closeButtonProps={{ 'aria-label': t('home.cancel') }} radius="lg">
      <Text size="sm" className="word-keep">{t('home.elsewhereText', { name: holder?.name ?? '' })}</Text>
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onWithout} data-testid="home-without">{t('home.without')}</Button>
        <Button onClick={() => navigate(`/desktop/${holder?.session ?? ''}`)} data-autofocus data-testid="home-go">{t('home.go', { name: holder?.name ?? '' })}</Button>
      </Group>
    </Modal>
  );
}

import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export interface ConfirmEndProps {
  readonly name: string;
  readonly opened: boolean;
  /** One's own files are in it, and stay. */
  readonly keepsHome?: boolean;
  /** Whether it is an application. */
  readonly app?: boolean;
  /** Whether the button that asked gets the focus back. */
  readonly returnFocus?: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Asks before a machine is destroyed. */
export function ConfirmEnd({ name, opened, keepsHome = false, app = false, returnFocus = true, onClose, onConfirm }: ConfirmEndProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650} size="lg">{app ? t('end.titleApp', { name }) : t('end.title')}</Text>} centered returnFocus={returnFocus} withCloseButton={false} radius="lg">
      <Text size="sm" className="word-keep">{t(keepsHome ? app ? 'end.textAppHome' : 'end.textHome' : app ? 'end.textApp' : 'end.text', { name })}</Text>
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>{t('end.cancel')}</Button>
        <Button color="red.8" data-testid="confirm-end" onClick={() => { onClose(); onConfirm(); }}>{app ? t('end.confirmApp') : t('end.confirm')}</Button>
      </Group>
    </Modal>
  );
}

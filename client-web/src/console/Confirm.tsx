import { Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface ConfirmProps {
  readonly opened: boolean;
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  /** What keeps things as they are; "Cancel" where it is missing. */
  readonly keep?: string;
  readonly danger?: boolean;
  readonly pending?: boolean;
  /** What there is to choose, or why it was refused. */
  readonly children?: ReactNode;
  readonly testId: string;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Asks before something is done that cannot be undone, or takes long. */
export function Confirm({ opened, title, text, confirm, keep, danger = false, pending = false, children, testId, onClose, onConfirm }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650} size="lg" className="word-keep">{title}</Text>} centered withCloseButton={false} radius="lg">
      <form onSubmit={(event) => { event.preventDefault(); if (!pending) onConfirm(); }}>
        <Text size="sm" className="word-keep">{text}</Text>
        {children}
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={onClose} {...(danger ? { 'data-autofocus': true } : {})}>{keep ?? t('console.cancel')}</Button>
          <Button type="submit" loading={pending} {...(danger ? { color: 'red.8' } : {})} data-testid={testId}>{confirm}</Button>
        </Group>
      </form>
    </Modal>
  );
}

import { Button, Group, Modal, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { ErrorNote } from './ErrorNote';

export interface ReportProblemProps {
  readonly opened: boolean;
  /** The session that it is about; its trace goes along. */
  readonly session?: string | undefined;
  readonly onClose: () => void;
}

const longest = 4_000;

/** Tells whoever helps people what went wrong. */
export function ReportProblem({ opened, session, onClose }: ReportProblemProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const report = useMutation({ mutationFn: () => api.report(text.trim(), session) });
  const close = (): void => {
    if (report.isSuccess) setText('');
    report.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={<Text fw={650} size="lg">{t('report.title')}</Text>} centered withCloseButton={false} radius="lg">
      {report.isSuccess ? (
        <>
          <Text size="sm" className="word-keep" role="status" data-testid="report-sent">{t('report.sent')}</Text>
          <Group justify="flex-end" mt="lg"><Button onClick={close} data-autofocus>{t('notice.seen')}</Button></Group>
        </>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); if (text.trim() !== '') report.mutate(); }}>
          <Text size="sm" className="soft word-keep" mb="sm">{t(session === undefined ? 'report.help' : 'report.helpSession')}</Text>
          <Textarea aria-label={t('report.title')} autosize minRows={4} maxRows={10} maxLength={longest} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus data-testid="report-text" />
          {report.error && <ErrorNote error={report.error} />}
          <Group justify="flex-end" mt="lg" gap="sm">
            <Button variant="default" onClick={close}>{t('report.cancel')}</Button>
            <Button type="submit" loading={report.isPending} disabled={text.trim() === ''} data-testid="report-send">{t('report.send')}</Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

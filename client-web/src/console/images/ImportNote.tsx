import { Button, Group, Progress, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Rights } from '../../api/rights';
import { ErrorNote } from '../../portal/ErrorNote';
import { ApiError } from '../../api/client';
import { Confirm } from '../Confirm';
import type { ImportRun, ImportState } from '../upload/importRun';
import { imports } from '../upload/imports';
import type { UploadState } from '../../transfer/upload';
import { sentText } from '../../transfer/words';
import { JobNote, resultAddress } from './JobNote';
import { refreshImages, useJob } from './queries';

interface ImportNoteProps {
  readonly run: ImportRun;
  readonly state: ImportState;
  readonly rights: Rights;
}

/** A file on its way: how much of it is there, how quickly it goes, and then what is made of it. */
export function ImportNote({ run, state, rights }: ImportNoteProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { fileName, wish } = run.options;
  const cancelled = async (): Promise<void> => {
    setAsking(false);
    await run.cancel();
    imports.drop(run);
    await refreshImages();
  };
  const over = state.kind === 'refused' || (state.kind === 'uploading' && state.upload.kind === 'failed');
  return (
    <div className="box import" data-testid="import" data-state={state.kind === 'uploading' ? state.upload.kind : state.kind}>
      <div className="job-head">
        <div className="job-words">
          <Text fw={600} className="anywhere">{fileName}{wish.name !== fileName && ` → ${wish.name}`}</Text>
          {state.kind === 'beginning' && <Text size="sm" className="soft">{t('console.import.beginning')}</Text>}
          {state.kind === 'ordering' && <Text size="sm" className="soft">{t('console.import.ordering')}</Text>}
          {state.kind === 'uploading' && <Sent upload={state.upload} bytes={run.options.bytes} />}
        </div>
        <Group gap="xs">
          {over && <Button size="xs" onClick={() => void run.run()} data-testid="import-again">{state.kind === 'refused' ? t('console.import.again') : t('console.import.resume')}</Button>}
          {state.kind !== 'ordered' && state.kind !== 'ordering' && <Button size="xs" variant="default" onClick={() => setAsking(true)} aria-label={t('console.import.cancelName', { name: fileName })} data-testid="import-cancel">{t('console.import.cancel')}</Button>}
        </Group>
      </div>
      {state.kind === 'uploading' && <Progress.Root size="md" mt={8}><Progress.Section value={(100 * state.upload.sent) / run.options.bytes} color={state.upload.kind === 'failed' ? 'red' : state.upload.kind === 'waiting' ? 'yellow' : 'tide'} aria-label={fileName} /></Progress.Root>}
      {state.kind === 'uploading' && state.upload.kind === 'failed' && <ErrorNote error={new ApiError(400, { code: state.upload.code, detail: state.upload.detail })} />}
      {state.kind === 'refused' && <ErrorNote error={state.error} />}
      {state.kind === 'ordered' && <Ordered run={run} id={state.job.id} rights={rights} />}
      <Confirm opened={asking} title={t('console.import.cancelTitle')} text={t('console.import.cancelText', { name: fileName })} confirm={t('console.import.cancel')} keep={t('console.import.keep')} danger testId="confirm-import-cancel" onClose={() => setAsking(false)} onConfirm={() => void cancelled()} />
    </div>
  );
}

function Sent({ upload, bytes }: { readonly upload: UploadState; readonly bytes: number }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Text size="sm" className="soft tabular" data-testid="import-sent">{sentText(upload.sent, bytes, upload.kind === 'sending' ? upload : undefined, t, i18n.language)}</Text>
      {upload.kind === 'waiting' && <Text size="sm" className="word-keep" role="status">{t('transfer.waiting')}</Text>}
      {upload.kind === 'failed' && <Text size="sm" fw={600} className="bad" role="alert">{t('console.import.failed')}</Text>}
    </>
  );
}

function Ordered({ run, id, rights }: { readonly run: ImportRun; readonly id: string; readonly rights: Rights }) {
  const { t } = useTranslation();
  const job = useJob(id);
  if (!job.data) return null;
  return (
    <>
      <JobNote job={job.data} rights={rights} bare />
      {job.data.ended !== null && (
        <Group gap="xs" mt="sm">
          {job.data.state === 'done' && <Button component={Link} href={resultAddress(job.data)} size="xs" variant="light" data-testid="import-result">{run.options.wish.format === 'iso' ? t('console.import.toMedia') : t('console.import.toImage')}</Button>}
          <Button size="xs" variant="default" onClick={() => imports.drop(run)}>{t('console.import.dismiss')}</Button>
        </Group>
      )}
    </>
  );
}

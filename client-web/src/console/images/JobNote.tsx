import { Button, Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { JobView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Refusal } from '../Refusal';
import { Words } from '../Words';
import { timeText } from '../../i18n/format';
import { fetchByForm } from '../../transfer/download';
import { isHash } from './model';
import { useAct } from './queries';
import { shortVersion } from './VersionName';

/** A job's name in the reader's language. */
export function useJobTitle(): (job: JobView) => string {
  const { t, i18n } = useTranslation();
  return (job) => {
    const key = `console.job.kind.${job.kind}`;
    return i18n.exists(key) ? t(key as 'console.job.kind.test', { image: job.image, version: shortVersion(job.version ?? '') }) : `${job.kind} ${job.image}`;
  };
}

/** A piece of work: what it does now, how far it is, and what can be done about it. */
export function JobNote({ job, rights, bare = false }: { readonly job: JobView; readonly rights: Rights; readonly bare?: boolean }) {
  const { t, i18n } = useTranslation();
  const title = useJobTitle()(job);
  const cancel = useAct(() => images.cancel(job.id));
  const fetchIt = useAct(() => images.download(job.id), ({ address, ticket }) => fetchByForm(address, { ticket }));
  const open = job.ended === null;
  const percent = job.fraction === null ? undefined : Math.floor(job.fraction * 100);
  return (
    <div className="job" data-testid={`job-${job.kind}`} data-state={job.state} data-job={job.id} role={open ? 'status' : undefined} aria-live="off">
      <div className="job-head">
        <div className="job-words">
          {!bare && <Text size="sm" fw={600} className="word-keep">{title}</Text>}
          <Text size="sm" className={job.state === 'failed' ? 'bad word-keep' : 'soft word-keep'} data-testid="job-step">
            {job.cancelling ? t('console.job.cancelling') : <>{job.state === 'failed' && `${t('console.job.failed')}: `}<Words text={job.step} /></>}
            {open && percent !== undefined && ` · ${t('console.job.percent', { value: percent })}`}
          </Text>
          {!open && <Text size="xs" className="soft">{t('console.job.by', { name: job.who === 'system' ? t('console.job.system') : job.who, time: timeText(job.ended ?? job.created, i18n.language) })}</Text>}
        </div>
        {open && rights.operate && !job.cancelling && <Button variant="default" size="xs" loading={cancel.isPending} onClick={() => cancel.mutate()} aria-label={t('console.job.cancelName', { name: title })} data-testid="job-cancel">{t('console.job.cancel')}</Button>}
        {job.kind === 'export' && job.state === 'done' && rights.administer && <Button variant="light" size="xs" loading={fetchIt.isPending} onClick={() => fetchIt.mutate()} aria-label={t('console.job.downloadName', { name: title })} data-testid="job-download">{t('console.job.download')}</Button>}
      </div>
      {open && <Progress.Root size="sm" mt={8} transitionDuration={400}><Progress.Section value={percent ?? 100} animated={percent === undefined || job.state === 'running'} color={job.state === 'waiting' ? 'yellow' : 'tide'} {...(percent === undefined ? { withAria: false } : { 'aria-label': title })} /></Progress.Root>}
      <Refusal error={cancel.error ?? fetchIt.error} />
    </div>
  );
}

/** The version or medium that came of a job is reached by this address. */
export function resultAddress(job: JobView): string {
  return isHash(job.result) ? '/console/images' : `/console/images/${encodeURIComponent(job.image)}`;
}

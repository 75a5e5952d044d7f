import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { images } from '../../api/images';
import type { EditView, JobView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Confirm } from '../Confirm';
import { bytesText, timeText } from '../../i18n/format';
import { JobNote } from '../images/JobNote';
import { useAct, useJobs, useMedia } from '../images/queries';
import { shortVersion } from '../images/VersionName';
import { Refusal } from '../Refusal';
import { Words } from '../Words';
import { Checkpoints } from './Checkpoints';
import { known } from './EditWaiting';
import { Publish } from './Publish';

interface EditPanelProps {
  readonly edit: EditView;
  readonly rights: Rights;
  /** Something was ordered: the desktop may have the keyboard back. */
  readonly onDone: () => void;
}

/** What was last done with the machine, where it failed; nobody sees it in the machine's state. */
function useFailed(edit: EditView): JobView | undefined {
  const jobs = useJobs(edit.image);
  const last = jobs.data?.find((job) => job.edit === edit.id);
  return edit.job === null && last?.state === 'failed' ? last : undefined;
}

/** What there is to know of an editing machine, and to do with it. */
export function EditPanel({ edit, rights, onDone }: EditPanelProps) {
  const { t, i18n } = useTranslation();
  const media = useMedia();
  const [asked, setAsked] = useState<'publish' | 'discard'>();
  const start = useAct(() => images.start(edit.id), onDone);
  const discard = useAct(() => images.discard(edit.id));
  const tone = edit.state === 'ready' ? 'good' : edit.state === 'failed' ? 'bad' : 'wait';
  const failed = useFailed(edit);
  const publishing = edit.job?.kind === 'publish';
  const workable = (edit.state === 'ready' || edit.state === 'stopped') && edit.job === null;
  return (
    <div className="panel">
      <div>
        <Link href={`/console/images/${encodeURIComponent(edit.image)}`} className="crumb">{edit.image}</Link>
        <Text size="sm" className="soft word-keep">{[edit.version === null ? t('console.edit.fromNothing') : t('console.edit.fromVersion', { version: shortVersion(edit.version) }), ...(edit.bytes > 0 ? [t('console.edit.size', { size: bytesText(edit.bytes, i18n.language) })] : [])].join(' · ')}</Text>
        <Text size="sm" className="soft word-keep">{t('console.edit.by', { name: edit.author, time: timeText(edit.created, i18n.language) })}</Text>
      </div>
      <div>
        <span className="state" data-testid="edit-state"><span className={`dot dot-${tone}`} aria-hidden="true" />{t(`console.edit.state.${known(edit.state)}`)}</span>
        {edit.state !== 'ready' && edit.state !== 'stopped' && <Text size="sm" className="soft word-keep"><Words text={edit.reason} /></Text>}
        {edit.state === 'stopped' && edit.reason !== 'is switched off' && <Text size="sm" className="soft word-keep"><Words text={edit.reason} /></Text>}
        {edit.state === 'stopped' && edit.job === null && rights.administer && <div><Button size="xs" mt="xs" onClick={() => start.mutate()} loading={start.isPending}>{t('console.edit.start')}</Button></div>}
        <Refusal error={start.error} />
        {edit.job && !publishing && <JobNote job={edit.job} rights={rights} />}
        {failed && <JobNote job={failed} rights={rights} />}
      </div>
      <dl className="facts">
        <div><dt>{t('console.edit.network')}</dt><dd>{t(`console.edit.networks.${edit.network}`)}</dd></div>
        {edit.media.length > 0 && <div><dt>{t('console.edit.media')}</dt><dd>{edit.media.map((hash) => media.data?.find((medium) => medium.hash === hash)?.name ?? shortVersion(hash)).join(', ')}</dd></div>}
      </dl>
      <Checkpoints edit={edit} workable={workable} rights={rights} onDone={onDone} />
      {rights.administer && (
        <Group gap="sm" className="panel-foot">
          <Button onClick={() => setAsked('publish')} disabled={!workable} data-testid="edit-publish">{t('console.edit.publish')}</Button>
          <Button variant="default" className="danger-text" onClick={() => setAsked('discard')} disabled={publishing} data-testid="edit-discard">{t('console.edit.discard')}</Button>
        </Group>
      )}
      <Publish edit={edit} opened={asked === 'publish'} onClose={() => setAsked(undefined)} />
      <Confirm
        opened={asked === 'discard'} title={t('console.edit.discardTitle')} text={t('console.edit.discardText')} confirm={t('console.edit.discardConfirm')} keep={t('console.edit.keep')} danger pending={discard.isPending} testId="confirm-discard"
        onClose={() => { discard.reset(); setAsked(undefined); }} onConfirm={() => discard.mutate()}
      >
        <Refusal error={discard.error} />
      </Confirm>
    </div>
  );
}

import { Button, Group, Loader, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { EditView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { JobNote } from '../images/JobNote';
import { useAct } from '../images/queries';
import { Refusal } from '../Refusal';
import { Words } from '../Words';

interface EditWaitingProps {
  readonly edit: EditView;
  readonly rights: Rights;
  /** Shows the panel where it is not beside this. */
  readonly onPanel: (() => void) | undefined;
}

/** In the place of the screen while there is none: why, and what brings it back. */
export function EditWaiting({ edit, rights, onPanel }: EditWaitingProps) {
  const { t } = useTranslation();
  const start = useAct(() => images.start(edit.id));
  const publishing = edit.job?.kind === 'publish';
  const off = edit.state === 'stopped' && edit.job === null;
  const failed = edit.state === 'failed';
  const unseen = edit.state === 'ready' && !rights.administer;
  return (
    <div className="desk edit-waiting">
      <div className="desk-panel"><div className="desk-panel-in" data-testid="edit-waiting">
        <Title order={1} size="h3" c="#eef3f2">{publishing ? t('console.edit.publishing') : failed ? t('console.edit.failedTitle') : off ? t('console.edit.off') : unseen ? t('console.edit.title', { image: edit.image }) : edit.state === 'requested' ? t('console.edit.making') : t(`console.edit.state.${known(edit.state)}`)}</Title>
        {publishing && edit.job && <JobNote job={edit.job} rights={rights} bare />}
        {!publishing && (
          <>
            <Text mt={8} c="#b4bfc0" className="word-keep">{failed ? t('console.edit.failedText') : off ? t('console.edit.offText') : unseen ? t('console.edit.readOnly') : <><Loader size="xs" color="gray" mr="sm" component="span" /><Words text={edit.reason} /></>}</Text>
            {failed && <Text mt={8} size="sm" c="#b4bfc0"><Words text={edit.reason} /></Text>}
            {edit.job && edit.state !== 'booting' && <JobNote job={edit.job} rights={rights} />}
          </>
        )}
        <Group mt="lg" gap="sm">
          {off && rights.administer && <Button onClick={() => start.mutate()} loading={start.isPending} autoFocus data-testid="edit-start">{t('console.edit.start')}</Button>}
          {onPanel && <Button variant="default" onClick={onPanel} data-testid="edit-open">{t('console.edit.open')}</Button>}
        </Group>
        <Refusal error={start.error} />
      </div></div>
    </div>
  );
}

const states = ['requested', 'booting', 'ready', 'stopped', 'recycling', 'failed'] as const;

/** Which of the states that an editing machine can be in; others are of machines of pools. */
export function known(state: string): (typeof states)[number] | 'other' {
  return states.find((one) => one === state) ?? 'other';
}

import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { EditCheckpoint, EditView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Confirm } from '../Confirm';
import { forest } from '../images/forest';
import { bytesText, timeText } from '../../i18n/format';
import { useAct } from '../images/queries';
import { Refusal } from '../Refusal';
import { CrossIcon } from './icons';

interface CheckpointsProps {
  readonly edit: EditView;
  /** Nothing else is being done with the machine, and it is in a state for it. */
  readonly workable: boolean;
  readonly rights: Rights;
  readonly onDone: () => void;
}

interface Asked {
  readonly what: 'back' | 'drop';
  readonly checkpoint: EditCheckpoint;
}

/** Deeper than this the panel has no room to indent. */
const deepest = 5;

/** The checkpoints of an editing machine below what each came from, and where it stands now. */
export function Checkpoints({ edit, workable, rights, onDone }: CheckpointsProps) {
  const { t, i18n } = useTranslation();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const save = useAct(() => images.saveCheckpoint(edit.id, name.trim()), () => {
    setName('');
    onDone();
  });
  const act = useAct(({ what, checkpoint }: Asked) => (what === 'back' ? images.goBack(edit.id, checkpoint.id) : images.dropCheckpoint(edit.id, checkpoint.id)), () => {
    setAsked(undefined);
    onDone();
  });
  const close = (): void => {
    act.reset();
    setAsked(undefined);
  };
  const rows = forest(edit.checkpoints, ({ id }) => id, ({ after }) => after);
  const back = asked?.what === 'back';
  const asks = asked?.checkpoint.name ?? '';
  return (
    <section>
      <h2 className="section-name">{t('console.edit.checkpoints')}</h2>
      <Text size="sm" className="soft word-keep">{t('console.edit.checkpointsHelp')}</Text>
      {rights.administer && (
        <form className="take" onSubmit={(event) => { event.preventDefault(); if (workable && name.trim() !== '' && !save.isPending) save.mutate(); }}>
          <TextInput aria-label={t('console.edit.takeName')} placeholder={t('console.edit.takeName')} value={name} maxLength={100} size="sm" onChange={(event) => setName(event.currentTarget.value)} data-testid="checkpoint-name" />
          <Button type="submit" size="sm" variant="light" loading={save.isPending} disabled={!workable || name.trim() === ''} data-testid="checkpoint-take">{t('console.edit.take')}</Button>
        </form>
      )}
      <Refusal error={save.error} />
      {rows.length === 0 && <Text size="sm" mt="xs">{t('console.edit.noCheckpoints')}</Text>}
      <ul className="checkpoints plain" data-testid="checkpoints">
        {rows.map(({ item, depth }) => (
          <li key={item.id} className="checkpoint" style={{ '--depth': Math.min(depth, deepest) } as CSSProperties} data-testid="checkpoint" data-here={edit.at === item.id} {...(edit.at === item.id ? { 'aria-current': true } : {})}>
            <div className="job-words">
              <Text size="sm" fw={600} className="anywhere">{item.name}{edit.at === item.id && <span className="tag">{t('console.edit.here')}</span>}</Text>
              <Text size="xs" className="soft">{t('console.edit.checkpoint', { time: timeText(item.at, i18n.language), size: bytesText(item.bytes, i18n.language) })}</Text>
            </div>
            {rights.administer && (
              <Group gap={4} wrap="nowrap">
                <Button size="compact-xs" variant="default" disabled={!workable} onClick={() => setAsked({ what: 'back', checkpoint: item })} aria-label={t('console.edit.goBackName', { name: item.name })} data-testid="checkpoint-back">{t('console.edit.goBack')}</Button>
                <ActionIcon size="sm" variant="subtle" color="gray" disabled={edit.job !== null} onClick={() => setAsked({ what: 'drop', checkpoint: item })} aria-label={t('console.edit.drop', { name: item.name })} title={t('console.edit.drop', { name: item.name })} data-testid="checkpoint-drop"><CrossIcon size={15} /></ActionIcon>
              </Group>
            )}
          </li>
        ))}
      </ul>
      <Confirm
        opened={asked !== undefined} title={back ? t('console.edit.backTitle', { name: asks }) : t('console.edit.dropTitle', { name: asks })} text={back ? t('console.edit.backText') : t('console.edit.dropText')} confirm={back ? t('console.edit.goBack') : t('console.delete')} danger pending={act.isPending} testId="confirm-checkpoint"
        onClose={close} onConfirm={() => asked && act.mutate(asked)}
      >
        <Refusal error={act.error} />
      </Confirm>
    </section>
  );
}

import { Checkbox, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { EditView } from '../../api/images';
import { Confirm } from '../Confirm';
import { useAct } from '../images/queries';
import { Refusal } from '../Refusal';

/** Asks what is new, and makes a version of the edit. */
export function Publish({ edit, opened, onClose }: { readonly edit: EditView; readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [notes, setNotes] = useState('');
  const [generalise, setGeneralise] = useState(true);
  const publish = useAct(() => images.publish(edit.id, notes.trim(), generalise), onClose);
  return (
    <Confirm
      opened={opened} title={t('console.edit.publishTitle')} text={t('console.edit.publishText')} confirm={t('console.edit.publishConfirm')} pending={publish.isPending} testId="confirm-publish"
      onClose={() => { publish.reset(); onClose(); }} onConfirm={() => publish.mutate()}
    >
      <Stack gap="md" mt="md">
        <Textarea label={t('console.edit.notes')} description={t('console.edit.notesHelp')} autosize minRows={2} maxRows={8} maxLength={2000} value={notes} onChange={(event) => setNotes(event.currentTarget.value)} data-autofocus data-testid="publish-notes" />
        <Checkbox label={t('console.edit.generalise')} description={t('console.edit.generaliseHelp')} checked={generalise} onChange={(event) => setGeneralise(event.currentTarget.checked)} data-testid="publish-generalise" />
      </Stack>
      <Refusal error={publish.error} />
    </Confirm>
  );
}

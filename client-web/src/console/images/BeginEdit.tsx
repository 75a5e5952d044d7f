import { Checkbox, MultiSelect, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { images } from '../../api/images';
import { Confirm } from '../Confirm';
import { Refusal } from '../Refusal';
import { useAct, useMedia } from './queries';
import { shortVersion } from './VersionName';

/** As many drives an editing machine has. */
export const mostMedia = 3;

/** Asks with what an edit of a version shall begin, and goes to it. */
export function BeginEdit({ name, version, onClose }: { readonly name: string; readonly version: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const media = useMedia();
  const [drives, setDrives] = useState<string[]>([]);
  const [isolated, setIsolated] = useState(false);
  const open = useAct(() => images.openEdit({ image: name, version, media: drives, isolated }), ({ id }) => navigate(`/console/edit/${id}`));
  return (
    <Confirm
      opened title={t('console.image.editTitle', { version: shortVersion(version) })} text={t('console.image.editText')} confirm={t('console.image.begin')} pending={open.isPending} testId="confirm-edit"
      onClose={onClose} onConfirm={() => open.mutate()}
    >
      <Stack gap="md" mt="md">
        {(media.data?.length ?? 0) > 0 && <MultiSelect label={t('console.image.drives')} data={media.data?.map((medium) => ({ value: medium.hash, label: medium.name })) ?? []} value={drives} onChange={setDrives} maxValues={mostMedia} clearable />}
        <Checkbox label={t('console.image.isolated')} description={t('console.image.isolatedHelp')} checked={isolated} onChange={(event) => setIsolated(event.currentTarget.checked)} />
      </Stack>
      <Refusal error={open.error} />
    </Confirm>
  );
}

import { Button, Checkbox, MultiSelect, NumberInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { images } from '../../api/images';
import type { HardwareRequest } from '../../api/images';
import { faultsOf } from '../faults';
import { Refusal } from '../Refusal';
import { mostMedia } from './BeginEdit';
import { HardwareFields } from './HardwareFields';
import { badImageName } from './names';
import { useAct, useMedia, useVersions } from './queries';

const usualDiskGiB = 40;

/** /console/install: a machine with an empty disk and an installer in its drive. */
export function NewImagePage() {
  const { t } = useTranslation();
  useDocumentTitle(`${t('console.create.title')} · ${t('app.name')}`);
  const [, navigate] = useLocation();
  const media = useMedia();
  const versions = useVersions(false);
  const [name, setName] = useState('');
  const [drives, setDrives] = useState<string[]>([]);
  const [disk, setDisk] = useState<number | string>(usualDiskGiB);
  const [said, setSaid] = useState<HardwareRequest>({});
  const [isolated, setIsolated] = useState(false);
  const [tried, setTried] = useState(false);
  const open = useAct(
    () => images.openEdit({ image: name, new: { hardware: said, diskGiB: typeof disk === 'number' ? disk : null }, media: drives, isolated }),
    ({ id }) => navigate(`/console/edit/${id}`),
  );
  const faults = faultsOf(open.error);
  const fault = (field: string): string | undefined => {
    const code = faults.get(field);
    return code === undefined ? undefined : t(`error.${code}` as 'error.missing');
  };
  const badName = badImageName(name);
  const taken = (versions.data ?? []).some((version) => version.name === name);
  const submit = (): void => {
    setTried(true);
    if (badName === undefined && !open.isPending) open.mutate();
  };
  return (
    <>
      <Link href="/console/images" className="crumb">{t('console.images')}</Link>
      <Title order={1} size="h2">{t('console.create.title')}</Title>
      <Text className="soft word-keep" mt={4} mb="md">{t('console.create.text')}</Text>
      <form className="box form" onSubmit={(event) => { event.preventDefault(); submit(); }} noValidate>
        <Stack gap="md">
          <TextInput label={t('console.create.name')} description={t('console.create.nameHelp')} value={name} maxLength={40} autoCapitalize="none" spellCheck={false} error={(tried || name !== '') && badName !== undefined ? t(`error.${badName}`) : fault('image')} onChange={(event) => setName(event.currentTarget.value)} data-testid="create-name" />
          {taken && <Text size="sm" className="soft word-keep" role="status">{t('console.create.taken')}</Text>}
          {media.data?.length === 0
            ? <div className="hint"><Text size="sm" className="word-keep">{t('console.create.noMedia')}</Text><Button component={Link} href="/console/import" size="xs" variant="light">{t('console.list.import')}</Button></div>
            : <MultiSelect label={t('console.create.media')} description={t('console.create.mediaHelp')} data={media.data?.map((medium) => ({ value: medium.hash, label: medium.name })) ?? []} value={drives} maxValues={mostMedia} error={fault('media')} onChange={setDrives} data-testid="create-media" />}
          <NumberInput label={t('console.create.disk')} description={t('console.create.diskHelp')} min={1} max={2048} allowDecimal={false} allowNegative={false} clampBehavior="none" value={disk} error={fault('new.diskGiB')} onChange={setDisk} data-testid="create-disk" />
          <HardwareFields said={said} format={undefined} fault={(field) => fault(`new.hardware.${field}`)} onChange={setSaid} />
          <Checkbox label={t('console.image.isolated')} description={t('console.create.networkHelp')} checked={isolated} onChange={(event) => setIsolated(event.currentTarget.checked)} />
          <div><Button type="submit" loading={open.isPending} data-testid="create-submit">{t('console.create.submit')}</Button></div>
        </Stack>
        <Refusal error={open.error} />
      </form>
    </>
  );
}

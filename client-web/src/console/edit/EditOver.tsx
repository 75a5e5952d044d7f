import { Button, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { EditView } from '../../api/images';
import { JobNote } from '../images/JobNote';
import { stateOf, underWay } from '../images/model';
import { useImage, useJobs } from '../images/queries';
import { TestSteps } from '../images/TestSteps';
import { shortVersion } from '../images/VersionName';

const onlyLooking = { read: true, operate: false, administer: false } as const;

/** What became of an edit: a version, with its test as it goes on, or nothing. */
export function EditOver({ edit }: { readonly edit: EditView }) {
  const { t } = useTranslation();
  return (
    <main className="plain-page" data-testid="edit-over" data-published={edit.published !== null}>
      {edit.published === null
        ? <><Title order={1} size="h2">{t('console.edit.discarded')}</Title><Text className="soft word-keep" mt="xs">{t('console.edit.discardedText')}</Text></>
        : <Published image={edit.image} version={edit.published} />}
      <Button component={Link} href={`/console/images/${encodeURIComponent(edit.image)}`} mt="lg" data-testid="edit-to-image">{edit.published === null ? t('console.edit.toImage') : t('console.edit.toVersion')}</Button>
    </main>
  );
}

function Published({ image, version }: { readonly image: string; readonly version: string }) {
  const { t } = useTranslation();
  const jobs = useJobs(image);
  const open = underWay(jobs.data ?? []);
  const tree = useImage(image, open.length > 0);
  const made = tree.data?.versions.find((one) => one.version === version);
  const state = made && stateOf(made, jobs.data ?? []);
  const testing = open.find((job) => job.kind === 'test' && job.version === version);
  return (
    <>
      <Title order={1} size="h2">{t('console.edit.published', { version: shortVersion(version) })}</Title>
      <Text className="soft word-keep" mt="xs" mb="md" role="status">{state === 'offered' ? t('console.edit.publishedPassed') : state === 'failed' ? t('console.edit.publishedFailed') : t('console.edit.publishedText')}</Text>
      {testing && <div className="box"><JobNote job={testing} rights={onlyLooking} /></div>}
      {made?.test && !testing && <TestSteps test={made.test} />}
    </>
  );
}

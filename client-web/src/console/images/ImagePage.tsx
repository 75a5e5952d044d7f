import { Button, Loader, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { images } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Refusal } from '../Refusal';
import { forest } from './forest';
import { timeText } from '../../i18n/format';
import { JobNote } from './JobNote';
import { underWay } from './model';
import { PolicyForm } from './PolicyForm';
import { isUnknown, useAct, useImage, useJobs } from './queries';
import { VersionItem } from './VersionItem';

/** /console/images/{name}: one image with its versions, in the order in which they came from each other. */
export function ImagePage({ name, rights }: { readonly name: string; readonly rights: Rights }) {
  const { t, i18n } = useTranslation();
  useDocumentTitle(`${name} · ${t('app.name')}`);
  const jobs = useJobs(name);
  const open = underWay(jobs.data ?? []);
  const image = useImage(name, open.length > 0);
  const build = useAct(() => images.build(name));
  if (image.isPending) return <Text className="soft"><Loader size="xs" mr="sm" component="span" />{t('app.loading')}</Text>;
  if (image.isError) {
    return isUnknown(image.error)
      ? <><Title order={1} size="h2">{t('console.image.unknown', { name })}</Title><Button component={Link} href="/console/images" mt="md">{t('console.image.toImages')}</Button></>
      : <Refusal error={image.error} retry={() => void image.refetch()} />;
  }
  const { versions, edit, recipe } = image.data;
  const rows = forest(versions, ({ version }) => version, ({ parent }) => parent);
  const over = (jobs.data ?? []).filter(({ ended }) => ended !== null);
  return (
    <>
      <Link href="/console/images" className="crumb">{t('console.images')}</Link>
      <div className="page-head"><Title order={1} size="h2">{name}</Title></div>
      {edit && (
        <div className="hint" data-testid="being-edited">
          <Text size="sm" className="word-keep">{t('console.image.beingEdited', { name: edit.author, time: timeText(edit.created, i18n.language) })}</Text>
          <Button component={Link} href={`/console/edit/${edit.id}`} size="xs" variant="light">{t('console.image.openEdit')}</Button>
        </div>
      )}
      {recipe?.outdated === true && open.every(({ kind }) => kind !== 'build') && (
        <div className="hint">
          <Text size="sm" className="word-keep">{t('console.list.outdated')}</Text>
          {rights.operate && <Button size="xs" variant="light" loading={build.isPending} onClick={() => build.mutate()}>{t('console.list.rebuild')}</Button>}
        </div>
      )}
      <Refusal error={build.error} />
      {open.length > 0 && <div className="box">{open.map((job) => <JobNote key={job.id} job={job} rights={rights} />)}</div>}
      <section className="section">
        <h2 className="section-name">{t('console.image.versions')}</h2>
        {versions.length === 0 && <Text className="soft">{t('console.image.none')}</Text>}
        <ul className="tree">
          {rows.map(({ item, depth }) => <VersionItem key={item.version} version={item} depth={depth} newest={item.version === versions[0]?.version} jobs={open} editing={edit !== null} rights={rights} />)}
        </ul>
      </section>
      <PolicyForm name={name} rights={rights} />
      {over.length > 0 && (
        <section className="section">
          <h2 className="section-name">{t('console.image.recent')}</h2>
          <div className="box">{over.map((job) => <JobNote key={job.id} job={job} rights={rights} />)}</div>
        </section>
      )}
    </>
  );
}

import { Button, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Rights } from '../../api/rights';
import { Refusal } from '../Refusal';
import { ImageListRow } from './ImageListRow';
import { JobNote } from './JobNote';
import { MediaList } from './MediaList';
import { imageRows, underWay } from './model';
import { useEdits, useImports, useJobs, useMedia, useRecipes, useVersions } from './queries';
import { RecipeList } from './RecipeList';
import { ImportNote } from './ImportNote';

/** /console/images: all golden images, and what they are made from. */
export function ImagesPage({ rights }: { readonly rights: Rights }) {
  const { t } = useTranslation();
  useDocumentTitle(`${t('console.images')} · ${t('app.name')}`);
  const jobs = useJobs();
  const busy = underWay(jobs.data ?? []).length > 0;
  const versions = useVersions(busy);
  const edits = useEdits(busy);
  const recipes = useRecipes(busy);
  const media = useMedia(busy);
  const runs = useImports();
  const failure = versions.error ?? jobs.error ?? edits.error;
  const rows = imageRows(versions.data ?? [], jobs.data ?? [], edits.data ?? [], recipes.data ?? []);
  const shown = new Set(rows.flatMap((row) => row.jobs.map(({ id }) => id)));
  const others = (jobs.data ?? []).filter(({ id }) => !shown.has(id));
  return (
    <>
      <div className="page-head">
        <Title order={1} size="h2">{t('console.images')}</Title>
        {rights.administer && (
          <Group gap="sm">
            <Button component={Link} href="/console/import" data-testid="to-import">{t('console.list.import')}</Button>
            <Button component={Link} href="/console/install" variant="default" data-testid="to-install">{t('console.list.create')}</Button>
          </Group>
        )}
      </div>
      {runs.length > 0 && <Stack gap="sm" mt="lg">{runs.map(({ run, state }) => <ImportNote key={run.options.fileName + String(run.id)} run={run} state={state} rights={rights} />)}</Stack>}
      {versions.isPending && <Text className="soft" mt="lg"><Loader size="xs" mr="sm" component="span" />{t('app.loading')}</Text>}
      {failure && <Refusal error={failure} retry={() => void versions.refetch()} />}
      {versions.data && rows.length === 0 && <Stack gap={4} mt="lg"><Text fw={600}>{t('console.list.none')}</Text><Text className="soft word-keep">{t('console.list.noneHelp')}</Text></Stack>}
      <ul className="rows">{rows.map((row) => <ImageListRow key={row.name} row={row} rights={rights} />)}</ul>
      <RecipeList recipes={recipes.data ?? []} jobs={jobs.data ?? []} rights={rights} />
      <MediaList media={media.data ?? []} rights={rights} />
      {others.length > 0 && (
        <section className="section">
          <h2 className="section-name">{t('console.list.recent')}</h2>
          <div className="box">{others.map((job) => <JobNote key={job.id} job={job} rights={rights} />)}</div>
        </section>
      )}
    </>
  );
}

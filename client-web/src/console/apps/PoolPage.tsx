import { Button, Loader, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Rights } from '../../api/rights';
import { isUnknown } from '../images/queries';
import { Refusal } from '../Refusal';
import { AppForm } from './AppForm';
import { Links } from './Links';
import { published } from './model';
import { usePool } from './queries';

/** /console/apps/of/{id}: one application, and the links to it. */
export function PoolPage({ id, rights }: { readonly id: string; readonly rights: Rights }) {
  const { t } = useTranslation();
  const read = usePool(id);
  const [pool] = read.data ? published([read.data.value]) : [];
  useDocumentTitle(`${pool?.settings.name ?? id} · ${t('app.name')}`);
  if (read.isPending) return <Text className="soft"><Loader size="xs" mr="sm" component="span" />{t('app.loading')}</Text>;
  if (read.isError && !isUnknown(read.error)) return <Refusal error={read.error} retry={() => void read.refetch()} />;
  if (!read.data || !pool) return <><Title order={1} size="h2">{t('console.apps.unknown', { name: id })}</Title><Button component={Link} href="/console/apps" mt="md">{t('console.apps.toAll')}</Button></>;
  return (
    <>
      <Link href="/console/apps" className="crumb">{t('console.apps.title')}</Link>
      <div className="page-head">
        <Title order={1} size="h2">{pool.settings.name}</Title>
        <Button component="a" href={`/app/${encodeURIComponent(id)}`} target="_blank" rel="noopener" variant="default" data-testid="app-try">{t('console.apps.try')}</Button>
      </div>
      <AppForm key={read.dataUpdatedAt} pool={pool} tag={read.data.tag} rights={rights} again={() => void read.refetch()} />
      <Links pool={pool} rights={rights} />
    </>
  );
}

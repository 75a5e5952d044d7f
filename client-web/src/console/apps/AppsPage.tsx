import { Button, Loader, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Rights } from '../../api/rights';
import { Refusal } from '../Refusal';
import { published } from './model';
import type { Published } from './model';
import { PoolIcon } from './PoolIcon';
import { usePools } from './queries';
import { categoryName } from '../../i18n/category';

/** /console/apps: all published applications. */
export function AppsPage({ rights }: { readonly rights: Rights }) {
  const { t } = useTranslation();
  useDocumentTitle(`${t('console.apps.title')} · ${t('app.name')}`);
  const pools = usePools();
  const shown = published(pools.data ?? []);
  return (
    <>
      <div className="page-head">
        <Title order={1} size="h2">{t('console.apps.title')}</Title>
        {rights.administer && <Button component={Link} href="/console/apps/publish" data-testid="to-publish">{t('console.apps.publish')}</Button>}
      </div>
      {pools.isPending && <Text className="soft" mt="lg"><Loader size="xs" mr="sm" component="span" />{t('app.loading')}</Text>}
      {pools.error && <Refusal error={pools.error} retry={() => void pools.refetch()} />}
      {pools.data && shown.length === 0 && <Stack gap={4} mt="lg"><Text fw={600}>{t('console.apps.none')}</Text><Text className="soft word-keep">{t('console.apps.noneHelp')}</Text></Stack>}
      <ul className="rows">{shown.map((pool) => <Row key={pool.id} pool={pool} />)}</ul>
    </>
  );
}

function Row({ pool: { id, settings: { name, image, app }, machines, sessions, closed } }: { readonly pool: Published }) {
  const { t } = useTranslation();
  const called = name ?? id;
  return (
    <li className="row row-with-icon" data-testid={`app-${id}`}>
      <PoolIcon name={called} icon={app.icon} />
      <div className="row-words">
        <div className="row-head">
          <h2 className="card-name"><Link href={`/console/apps/of/${encodeURIComponent(id)}`} className="plain-link">{called}</Link>{app.version && ' '}{app.version && <span className="card-version">{app.version}</span>}</h2>
          <span className="state"><span className={`dot dot-${closed === null ? 'good' : 'bad'}`} aria-hidden="true" />{closed === null ? t('console.apps.open') : t('console.apps.closed')}</span>
        </div>
        <Text size="sm" className="soft anywhere">/app/{id}</Text>
        {closed !== null && closed !== '' && <Text size="sm" className="word-keep">{closed}</Text>}
        <dl className="facts">
          <div><dt>{t('console.apps.image')}</dt><dd>{image ? <Link href={`/console/images/${encodeURIComponent(image)}`} className="link">{image}</Link> : t('console.none')}</dd></div>
          {app.category && <div><dt>{t('console.apps.category')}</dt><dd>{categoryName(t, app.category)}</dd></div>}
          <div><dt>{t('console.apps.ready')}</dt><dd className="tabular">{machines['ready'] ?? 0}</dd></div>
          <div><dt>{t('console.apps.sessions')}</dt><dd className="tabular">{sessions}</dd></div>
        </dl>
      </div>
    </li>
  );
}

import { Loader, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Me } from '../api/types';
import { ErrorNote } from './ErrorNote';
import { Logo } from './Logo';
import { UserMenu } from './menus';
import { Notices } from './Notices';
import { useDesktops } from './queries';
import { Shelf } from './Shelf';
import { Tools } from './Tools';

export function StartPage({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const desktops = useDesktops();
  useDocumentTitle(`${t('start.title')} · ${t('app.name')}`);
  useEffect(() => {
    // The desktop's page is on hand before anybody clicks.
    const timer = setTimeout(() => void import('../desktop/DesktopPage').catch(() => undefined), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <header className="bar">
        <div className="bar-in">
          <Link href="/" className="bar-link"><Logo size={30} /></Link>
          <div className="bar-tools"><Tools /><UserMenu me={me} /></div>
        </div>
      </header>
      <main className="page">
        <Notices />
        {!desktops.data?.length && <Title order={1} size="h2">{t('start.title')}</Title>}
        {desktops.isPending && <Text className="soft" mt="lg"><Loader size="xs" mr="sm" component="span" />{t('start.loading')}</Text>}
        {desktops.isError && <Stack mt="lg" maw={480}><ErrorNote error={desktops.error} retry={() => void desktops.refetch()} /></Stack>}
        {desktops.data?.length === 0 && (
          <Stack gap={4} mt="lg">
            <Text fw={600}>{t('start.none')}</Text>
            <Text className="soft word-keep">{t('start.noneHelp')}</Text>
          </Stack>
        )}
        {desktops.data && desktops.data.length > 0 && <Shelf desktops={desktops.data} />}
      </main>
    </>
  );
}

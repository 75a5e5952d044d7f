import { Avatar, Loader, Menu, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { rightsOf } from '../api/rights';
import type { Me } from '../api/types';
import { HomeDialog, ReportProblem } from './dialogs';
import { ErrorNote } from './ErrorNote';
import { DisksIcon, FlagIcon, FolderIcon, KeyIcon, LeaveIcon } from './icons';
import { Logo } from './Logo';
import { Notices } from './Notices';
import { useDesktops, useSignOut } from './queries';
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

function UserMenu({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const name = me.displayName || me.userName;
  const [reporting, setReporting] = useState(false);
  const [home, setHome] = useState(false);
  return (
    <>
    <Menu position="bottom-end" width={230} shadow="md">
      <Menu.Target>
        <UnstyledButton aria-label={t('user.menu', { name })} data-testid="user-menu" ml={6} style={{ borderRadius: 99 }}>
          <Avatar color="tide" radius="xl" size={36}>{[...name][0]?.toUpperCase()}</Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="var(--soft)">{name === me.userName ? name : `${name} · ${me.userName}`}</Menu.Label>
        {rightsOf(me).read && <Menu.Item component={Link} href="/console/images" leftSection={<DisksIcon size={18} />} data-testid="to-console">{t('user.console')}</Menu.Item>}
        <Menu.Item leftSection={<FolderIcon size={18} />} onClick={() => setHome(true)} data-testid="home">{t('home.title')}</Menu.Item>
        <Menu.Item component={Link} href="/password" leftSection={<KeyIcon size={18} />}>{t('user.password')}</Menu.Item>
        <Menu.Item leftSection={<FlagIcon size={18} />} onClick={() => setReporting(true)} data-testid="report">{t('report.title')}</Menu.Item>
        <Menu.Item leftSection={<LeaveIcon size={18} />} onClick={() => signOut.mutate()} data-testid="sign-out">{t('user.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
    <ReportProblem opened={reporting} onClose={() => setReporting(false)} />
    <HomeDialog opened={home} onClose={() => setHome(false)} />
    </>
  );
}

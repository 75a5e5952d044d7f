import { Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { rightsOf } from '../api/rights';
import { HomeDialog, ReportProblem } from './dialogs';
import { DisksIcon, FlagIcon, FolderIcon, KeyIcon, LeaveIcon } from './icons';
import type { LaterMenuProps } from './laterMenu';
import { useSignOut } from './queries';
import { UserButton } from './UserButton';
import type { UserButtonProps } from './UserButton';

/** What one can do for oneself. */
export function UserMenu({ me, opened }: UserButtonProps & LaterMenuProps) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const name = me.displayName || me.userName;
  const [reporting, setReporting] = useState(false);
  const [home, setHome] = useState(false);
  return (
    <>
    <Menu position="bottom-end" width={230} shadow="md" defaultOpened={opened}>
      <Menu.Target>
        <UserButton me={me} />
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

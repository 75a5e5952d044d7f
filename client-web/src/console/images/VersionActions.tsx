import { Button, Group, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { VersionView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { ChevronIcon } from '../../portal/icons';
import { Confirm } from '../Confirm';
import { Refusal } from '../Refusal';
import { BeginEdit } from './BeginEdit';
import { useAct } from './queries';
import { shortVersion } from './VersionName';

interface VersionActionsProps {
  readonly version: VersionView;
  /** Somebody edits the image already. */
  readonly editing: boolean;
  readonly rights: Rights;
}

type Asked = 'delete' | 'edit' | undefined;

/** What can be done with a version by whoever looks at it. */
export function VersionActions({ version, editing, rights }: VersionActionsProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const { name, version: id } = version;
  const act = useAct((work: () => Promise<unknown>) => work());
  const drop = useAct(() => images.delete(name, id), () => setAsked(undefined));
  const close = (): void => {
    drop.reset();
    setAsked(undefined);
  };
  const updatable = version.hardware?.system === 'linux' && version.hardware.agent;
  if (!rights.operate) return null;
  return (
    <>
      <Group gap="xs">
        {rights.administer && !editing && <Button size="xs" variant="light" onClick={() => setAsked('edit')} data-testid="version-edit">{t('console.image.edit')}</Button>}
        <Menu position="bottom-end" shadow="md">
          <Menu.Target><Button size="xs" variant="default" rightSection={<ChevronIcon size={14} />} loading={act.isPending} aria-label={t('console.image.actions', { version: shortVersion(id) })} data-testid="version-actions">{t('console.more')}</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => act.mutate(() => images.test(name, id))} data-testid="version-test">{t('console.image.test')}</Menu.Item>
            {updatable && <Menu.Item onClick={() => act.mutate(() => images.update(name, id))} data-testid="version-update">{t('console.image.update')}</Menu.Item>}
            {rights.administer && <Menu.Item onClick={() => act.mutate(() => images.export(name, id, 'qcow2'))} data-testid="version-export">{t('console.image.export')}</Menu.Item>}
            {rights.administer && <Menu.Item onClick={() => act.mutate(() => images.export(name, id, 'raw'))}>{t('console.image.exportRaw')}</Menu.Item>}
            {rights.administer && <Menu.Item className="menu-danger" onClick={() => setAsked('delete')} data-testid="version-delete">{t('console.image.delete')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <div className="version-refusal"><Refusal error={act.error} /></div>
      <Confirm
        opened={asked === 'delete'} title={t('console.image.deleteTitle')} text={t('console.image.deleteText', { name, version: shortVersion(id) })} confirm={t('console.delete')} danger pending={drop.isPending} testId="confirm-delete-version"
        onClose={close} onConfirm={() => drop.mutate()}
      >
        <Refusal error={drop.error} />
      </Confirm>
      {asked === 'edit' && <BeginEdit name={name} version={id} onClose={close} />}
    </>
  );
}

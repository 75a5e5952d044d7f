import { Menu } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { offeredFor } from './accepts';
import { MoreIcon } from './icons';

interface CardMenuProps {
  readonly id: string;
  readonly name: string;
  readonly fileTypes: readonly string[];
  readonly onFiles: (files: readonly File[]) => void;
}

/** What else can be done with an application. */
export function CardMenu({ id, name, fileTypes, onFiles }: CardMenuProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target><button type="button" className="card-tool" aria-label={t('card.more', { name })} title={t('card.more', { name })} data-testid="card-menu"><MoreIcon /></button></Menu.Target>
        <Menu.Dropdown>
          {fileTypes.length > 0 && <Menu.Item onClick={() => field.current?.click()} data-testid="open-with-file">{t('card.openWith')}</Menu.Item>}
          <Menu.Item component="a" href={`/app/${encodeURIComponent(id)}`} target="_blank" rel="noopener" data-testid="open-in-tab">{t('card.ownTab')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <input
        type="file" multiple hidden ref={field} accept={offeredFor(fileTypes)} aria-label={t('card.openWith')} data-testid="card-file"
        onChange={({ currentTarget }) => {
          onFiles([...currentTarget.files ?? []]);
          // The same file may be chosen again.
          currentTarget.value = '';
        }}
      />
    </>
  );
}

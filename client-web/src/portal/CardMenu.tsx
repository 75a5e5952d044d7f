import { Menu } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { offeredFor } from './accepts';
import { CardMenuButton } from './CardMenuButton';
import type { CardMenuProps } from './CardMenuButton';
import type { LaterMenuProps } from './laterMenu';

/** What else can be done with an application. */
export function CardMenu({ id, name, fileTypes, onFiles, opened }: CardMenuProps & LaterMenuProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <Menu position="bottom-end" shadow="md" defaultOpened={opened}>
        <Menu.Target><CardMenuButton name={name} /></Menu.Target>
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

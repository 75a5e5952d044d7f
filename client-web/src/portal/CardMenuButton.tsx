import type { ComponentPropsWithRef } from 'react';
import { useTranslation } from 'react-i18next';
import { MoreIcon } from './icons';

export interface CardMenuProps {
  readonly id: string;
  readonly name: string;
  readonly fileTypes: readonly string[];
  readonly onFiles: (files: readonly File[]) => void;
}

/** What opens the menu of an application's card. */
export function CardMenuButton({ name, ...button }: Pick<CardMenuProps, 'name'> & ComponentPropsWithRef<'button'>) {
  const { t } = useTranslation();
  const label = t('card.more', { name });
  return <button type="button" className="card-tool" aria-label={label} aria-haspopup="menu" title={label} data-testid="card-menu" {...button}><MoreIcon /></button>;
}

import { Avatar, UnstyledButton } from '@mantine/core';
import type { ComponentPropsWithRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Me } from '../api/types';

export interface UserButtonProps {
  readonly me: Me;
}

/** What opens the menu of whoever is signed in. */
export function UserButton({ me, ...button }: UserButtonProps & ComponentPropsWithRef<'button'>) {
  const { t } = useTranslation();
  const name = me.displayName || me.userName;
  return (
    <UnstyledButton aria-label={t('user.menu', { name })} aria-haspopup="menu" data-testid="user-menu" ml={6} style={{ borderRadius: 99 }} {...button}>
      <Avatar color="tide" radius="xl" size={36}>{[...name][0]?.toUpperCase()}</Avatar>
    </UnstyledButton>
  );
}

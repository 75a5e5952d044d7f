import { CardMenuButton } from './CardMenuButton';
import type { CardMenuProps } from './CardMenuButton';
import { laterMenu } from './laterMenu';
import { UserButton } from './UserButton';

// The menus of the start page.
export const UserMenu = laterMenu(async () => (await import('./UserMenu')).UserMenu, UserButton);
export const CardMenu = laterMenu(async () => (await import('./CardMenu')).CardMenu, ({ name, onClick }: CardMenuProps & { readonly onClick: () => void }) => <CardMenuButton name={name} onClick={onClick} />);

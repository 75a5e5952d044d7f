import { useEffect } from 'react';

/** The icon of the tab, as long as there is one to show. */
export function useIcon(icon: string | null | undefined): void {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (!link || !icon) return;
    const own = link.cloneNode() as HTMLLinkElement;
    link.href = icon;
    link.type = 'image/png';
    return () => {
      link.href = own.href;
      link.type = own.type;
    };
  }, [icon]);
}

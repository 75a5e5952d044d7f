import { useEffect } from 'react';

/** Lets the browser offer to install an application, as long as its page is shown. */
export function useInstallable(slug: string, icon: string | null | undefined): void {
  useEffect(() => {
    const links = [linkTo('manifest', `/api/apps/${encodeURIComponent(slug)}/manifest`), ...(icon ? [linkTo('apple-touch-icon', icon)] : [])];
    // What the manifest says depends on who asks.
    links[0]?.setAttribute('crossorigin', 'use-credentials');
    document.head.append(...links);
    return () => links.forEach((link) => link.remove());
  }, [slug, icon]);
}

function linkTo(rel: string, href: string): HTMLLinkElement {
  const link = document.createElement('link');
  link.rel = rel;
  link.href = href;
  return link;
}

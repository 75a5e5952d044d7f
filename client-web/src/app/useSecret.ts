import { useSyncExternalStore } from 'react';
import { secretOf } from './secret';

/** The secret of the link by which the page was opened; it stays in the address, so that reloading opens it again. */
export function useSecret(): string | undefined {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener('hashchange', changed);
      return () => window.removeEventListener('hashchange', changed);
    },
    () => secretOf(window.location.hash),
  );
}

import { lazy, Suspense, useState } from 'react';
import type { ComponentType } from 'react';

/** A dialog that is fetched when it is first wanted. From then on it stays, for it goes away by itself. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, wanted: (properties: P) => boolean) {
  const Dialog = lazy(async () => ({ default: await load() as ComponentType<object> }));
  return function Later(properties: P) {
    const [was, setWas] = useState(false);
    if (!was && wanted(properties)) setWas(true);
    return was ? <Suspense fallback={null}><Dialog {...properties} /></Suspense> : null;
  };
}

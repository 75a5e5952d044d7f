import { lazy, Suspense, useEffect, useState } from 'react';
import type { ComponentType } from 'react';

export interface LaterMenuProps {
  /** Somebody pressed its button before it was there. */
  readonly opened: boolean;
}

/** The page is there first. */
const pauseMs = 300;

/** A menu that is fetched when the page stands; until then there is its button alone, and who presses that has the menu open as soon as it is there. */
export function laterMenu<P extends object>(load: () => Promise<ComponentType<P & LaterMenuProps>>, Button: ComponentType<P & { readonly onClick: () => void }>) {
  const Menu = lazy(async () => ({ default: await load() as ComponentType<object> }));
  return function LaterMenu(properties: P) {
    const [state, setState] = useState<'away' | 'there' | 'wanted'>('away');
    useEffect(() => {
      const timer = setTimeout(() => void load().then(() => setState((was) => (was === 'away' ? 'there' : was))).catch(() => undefined), pauseMs);
      return () => clearTimeout(timer);
    }, []);
    const button = <Button {...properties} onClick={() => setState('wanted')} />;
    return state === 'away' ? button : <Suspense fallback={button}><Menu {...properties} opened={state === 'wanted'} /></Suspense>;
  };
}

import { useEffect, useState } from 'react';
import type { RefObject } from 'react';
import { fit } from '../input/fit';
import type { ScaleMode } from '../input/fit';
import type { Extent } from '../wire/messages';

/** Keeps `screen` at the size that `mode` asks for within `viewport`; returns whether pixels map to whole device pixels. */
export function useFit(viewport: RefObject<HTMLElement | null>, screen: RefObject<HTMLElement | null>, extent: Extent | undefined, mode: ScaleMode): boolean {
  const [crisp, setCrisp] = useState(true);
  useEffect(() => {
    const outer = viewport.current;
    const inner = screen.current;
    if (!outer || !inner) return;
    if (!extent) {
      inner.style.removeProperty('width');
      inner.style.removeProperty('height');
      return;
    }
    const apply = (): void => {
      const box = outer.getBoundingClientRect();
      const to = fit(extent, box, mode, window.devicePixelRatio);
      inner.style.width = `${to.width}px`;
      inner.style.height = `${to.height}px`;
      setCrisp(to.crisp);
    };
    apply();
    const observer = new ResizeObserver(apply);
    observer.observe(outer);
    // Zooming changes the device pixel ratio, sometimes without a change of the box.
    window.addEventListener('resize', apply);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', apply);
    };
  }, [viewport, screen, extent, mode]);
  return crisp;
}

import { useEffect, useState } from 'react';
import type { RefObject } from 'react';
import { fit } from '../input/fit';
import type { ScaleMode, Scaling } from '../input/fit';
import type { Extent } from '../wire/messages';
import { onResize } from './resized';

/** Keeps `screen` at the size and place that `mode` and `scaling` ask for within `viewport`; returns whether pixels map to whole device pixels. */
export function useFit(viewport: RefObject<HTMLElement | null>, screen: RefObject<HTMLElement | null>, extent: Extent | undefined, mode: ScaleMode, scaling: Scaling): boolean {
  const [crisp, setCrisp] = useState(true);
  useEffect(() => {
    const outer = viewport.current;
    const inner = screen.current;
    if (!outer || !inner) return;
    if (!extent) {
      inner.style.removeProperty('width');
      inner.style.removeProperty('height');
      inner.style.removeProperty('margin');
      return;
    }
    const apply = (): void => {
      const box = outer.getBoundingClientRect();
      const to = fit(extent, box, mode, window.devicePixelRatio, scaling);
      inner.style.width = `${to.width}px`;
      inner.style.height = `${to.height}px`;
      // Half a device pixel off would blur it; what can be scrolled is centred by the style sheet.
      inner.style.margin = mode === 'fit' ? `${to.top}px auto auto ${to.left}px` : 'auto';
      setCrisp(to.crisp);
    };
    apply();
    return onResize(outer, apply);
  }, [viewport, screen, extent, mode, scaling]);
  return crisp;
}

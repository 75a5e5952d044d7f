import { useEffect } from 'react';
import type { RefObject } from 'react';
import { wantedSize } from '../session/following';
import type { Following } from '../session/following';
import type { DesktopController } from './controller';
import { onResize } from './resized';

/** A window that is being dragged larger says so once it rests: a guest takes a while for each size. */
const restMs = 150;

/** Keeps the guest's screen at the size of `viewport`. */
export function useFollow(viewport: RefObject<HTMLElement | null>, controller: DesktopController | undefined, following: Following): void {
  useEffect(() => {
    const element = viewport.current;
    if (!element || !controller) return;
    const apply = (): void => controller.want(wantedSize(element.getBoundingClientRect(), window.devicePixelRatio, following));
    let timer: number | undefined;
    const later = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(apply, restMs);
    };
    apply();
    const ignore = onResize(element, later);
    return () => {
      window.clearTimeout(timer);
      ignore();
    };
  }, [viewport, controller, following]);
}

import { useEffect, useState } from 'react';
import type { RefObject } from 'react';
import { Disposables } from '../../events';
import type { DesktopFiles } from '../../session/files';
import { carriesFiles, droppedOf } from './dropped';

/** Browsers tell of a drag several times a second; where they are silent for so long, it went elsewhere. */
const silenceMs = 1_000;

/**
 * Sends files that are dropped on `desk`; without `files` they go nowhere. Wherever on the page they are dropped, the browser does not
 * open them in the page's place, which would take the desktop away. Says whether files are over the desk now.
 */
export function useDrop(desk: RefObject<HTMLElement | null>, files: DesktopFiles | undefined): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const listeners = new Disposables();
    let timer: number | undefined;
    const within = (event: DragEvent): boolean => files !== undefined && event.target instanceof Node && desk.current?.contains(event.target) === true;
    const leave = (): void => {
      window.clearTimeout(timer);
      setOver(false);
    };
    for (const type of ['dragenter', 'dragover']) {
      listeners.listen<DragEvent>(window, type, (event) => {
        if (!event.dataTransfer || !carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        const here = within(event);
        event.dataTransfer.dropEffect = here ? 'copy' : 'none';
        setOver(here);
        window.clearTimeout(timer);
        timer = window.setTimeout(leave, silenceMs);
      });
    }
    listeners.listen<DragEvent>(window, 'dragleave', (event) => {
      // Out of the window, and not to the next element.
      if (event.relatedTarget === null) leave();
    });
    listeners.listen<DragEvent>(window, 'drop', (event) => {
      if (!event.dataTransfer || !carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      leave();
      if (!within(event)) return;
      const dropped = droppedOf(event.dataTransfer);
      files?.send(dropped.files, dropped.folders);
    });
    return () => {
      leave();
      listeners.dispose();
    };
  }, [desk, files]);
  return over;
}

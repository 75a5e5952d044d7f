import { useEffect, useRef, useState } from 'react';
import type { DragEvent as ReactDragEvent } from 'react';
import { carriesFiles, droppedOf } from '../desktop/files/dropped';
import type { Dropped } from '../desktop/files/dropped';
import { Disposables } from '../events';

interface CardDrop {
  /** Files are over the card now. */
  readonly over: boolean;
  readonly handlers: {
    onDragEnter(event: ReactDragEvent): void;
    onDragOver(event: ReactDragEvent): void;
    onDragLeave(event: ReactDragEvent): void;
    onDrop(event: ReactDragEvent): void;
  } | undefined;
}

/** Takes files that are dropped on a card, where its application opens any. */
export function useCardDrop(enabled: boolean, onDropped: (dropped: Dropped) => void): CardDrop {
  const [over, setOver] = useState(false);
  /** How many of the card's elements they are over: going to the next one enters it before leaving the last. */
  const depth = useRef(0);
  const leave = (): void => {
    depth.current = 0;
    setOver(false);
  };
  if (!enabled) return { over: false, handlers: undefined };
  const taken = (event: ReactDragEvent): boolean => {
    if (!carriesFiles(event.dataTransfer)) return false;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = 'copy';
    return true;
  };
  return {
    over,
    handlers: {
      onDragEnter: (event) => {
        if (!taken(event)) return;
        depth.current++;
        setOver(true);
      },
      onDragOver: taken,
      onDragLeave: (event) => {
        if (carriesFiles(event.dataTransfer) && --depth.current <= 0) leave();
      },
      onDrop: (event) => {
        if (!taken(event)) return;
        leave();
        onDropped(droppedOf(event.dataTransfer));
      },
    },
  };
}

/** A file that is dropped beside the cards is not opened by the browser in the page's place. */
export function useDropGuard(): void {
  useEffect(() => {
    const listeners = new Disposables();
    for (const type of ['dragover', 'drop']) {
      listeners.listen<DragEvent>(window, type, (event) => {
        if (event.defaultPrevented || !event.dataTransfer || !carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'none';
      });
    }
    return () => listeners.dispose();
  }, []);
}

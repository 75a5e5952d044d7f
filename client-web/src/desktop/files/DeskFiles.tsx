import { VisuallyHidden } from '@mantine/core';
import { useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { Ref, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { DesktopFiles } from '../../session/files';
import { FilesPanel } from './FilesPanel';
import { refusedText } from './refused';
import type { Opening } from './SendList';
import { useDrop } from './useDrop';

/** Which way files may go. */
export interface FileRights {
  readonly send: boolean;
  readonly fetch: boolean;
}

export interface DeskFilesHandle {
  /** Opens or closes the panel. For whoever uses keys it opens, and gets the keyboard. */
  toggle(byKeyboard: boolean): void;
}

interface DeskFilesProps {
  readonly ref: Ref<DeskFilesHandle>;
  /** Where files may be dropped. */
  readonly desk: RefObject<HTMLElement | null>;
  readonly files: DesktopFiles;
  readonly rights: FileRights;
  readonly connected: boolean;
  /** Missing where no application opens them. */
  readonly opening?: Opening | undefined;
  /** The desktop gets the keyboard back. */
  readonly onDone: () => void;
}

/** Files to and from a desktop: the place to drop them, and the panel that shows how far they are. */
export function DeskFiles({ ref, desk, files, rights, connected, opening, onDone }: DeskFilesProps) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  const panel = useRef<HTMLElement>(null);
  const over = useDrop(desk, rights.send ? files : undefined);
  useImperativeHandle(ref, () => ({
    toggle: (byKeyboard) => {
      setOpen((was) => byKeyboard || !was);
      if (byKeyboard) requestAnimationFrame(() => panel.current?.focus());
    },
  }), []);
  useEffect(() => {
    const began = files.began.on(() => setOpen(true));
    const settled = files.settled.on(({ name, state }) => {
      if (state.kind !== 'failed') return setSaid(t('files.settledDone', { name }));
      setSaid(t('files.settledFailed', { name, why: refusedText(state.refusal, t, (key) => i18n.exists(key), i18n.language) }));
      // Whoever closed the panel believes that it arrives.
      setOpen(true);
    });
    return () => {
      began.dispose();
      settled.dispose();
    };
  }, [files, t, i18n]);
  const done = useRef(onDone);
  useEffect(() => {
    done.current = onDone;
  });
  useEffect(() => {
    const listening = opening?.files.changed.on(() => {
      // All of it is in the application now, which is behind the panel.
      if (!files.snapshot.every(({ key }) => opening.files.snapshot.get(key) === 'opened')) return;
      setSaid(t('application.opened', { name: opening.app }));
      setOpen(false);
      done.current();
    });
    return () => listening?.dispose();
  }, [opening?.app, opening?.files, files, t]);
  const close = (): void => {
    setOpen(false);
    onDone();
  };
  return (
    <>
      {over && <div className="desk-drop" data-testid="files-drop"><span>{t('files.drop')}</span></div>}
      {open && (rights.send || rights.fetch) && <FilesPanel ref={panel} files={files} rights={rights} connected={connected} opening={opening} onClose={close} />}
      <VisuallyHidden role="status" aria-live="polite" data-testid="files-said">{said}</VisuallyHidden>
    </>
  );
}

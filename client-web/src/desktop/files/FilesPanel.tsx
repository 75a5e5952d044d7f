import type { KeyboardEvent, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { CloseIcon } from '../../portal/icons';
import type { DesktopFiles } from '../../session/files';
import type { FileRights } from './DeskFiles';
import { SendList } from './SendList';
import type { Opening } from './SendList';
import { SharedList } from './SharedList';

interface FilesPanelProps {
  readonly ref: Ref<HTMLElement>;
  readonly files: DesktopFiles;
  readonly rights: FileRights;
  readonly connected: boolean;
  readonly opening?: Opening | undefined;
  readonly onClose: () => void;
}

/** What goes to the desktop, and what lies there to be fetched. Closing it stops nothing. */
export function FilesPanel({ ref, files, rights, connected, opening, onClose }: FilesPanelProps) {
  const { t } = useTranslation();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onClose();
  };
  return (
    <section className="files" aria-label={t('files.title')} tabIndex={-1} ref={ref} onKeyDown={onKeyDown} data-testid="files">
      <div className="files-head">
        <h2 className="files-title">{t('files.title')}</h2>
        <button type="button" className="tool" aria-label={t('files.close')} title={t('files.close')} onClick={onClose} data-testid="files-close"><CloseIcon /></button>
      </div>
      {rights.send && <SendList files={files} opening={opening} />}
      {rights.fetch && <SharedList files={files} connected={connected} />}
    </section>
  );
}

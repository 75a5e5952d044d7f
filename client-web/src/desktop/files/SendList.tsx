import { useRef, useSyncExternalStore } from 'react';
import type { ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { isOver } from '../../session/files';
import type { AppFiles, OpenState } from '../../session/app-files';
import type { DesktopFiles, ListedSend } from '../../session/files';
import { SendRow } from './SendRow';

/** What opens files in the application that is shown. */
export interface Opening {
  /** The application's name. */
  readonly app: string;
  readonly files: AppFiles;
}

interface SendListProps {
  readonly files: DesktopFiles;
  readonly opening?: Opening | undefined;
}

/** The files that are sent in this window: those on their way, and those that are over until they are cleared. */
export function SendList({ files, opening }: SendListProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const sends = useSends(files);
  const opened = useOpened(opening?.files);
  const chosen = ({ currentTarget }: ChangeEvent<HTMLInputElement>): void => {
    files.send([...currentTarget.files ?? []]);
    // The same file may be chosen again.
    currentTarget.value = '';
  };
  // What was pressed is gone then; the keyboard stays in the panel.
  const press = (action: () => void) => (): void => {
    action();
    button.current?.focus();
  };
  return (
    <>
      <button type="button" className="files-main" ref={button} onClick={() => field.current?.click()} data-testid="files-send">{t('files.choose')}</button>
      <input type="file" multiple hidden ref={field} onChange={chosen} aria-label={t('files.choose')} data-testid="files-choose" />
      <p className="files-help word-keep">{t('files.chooseHelp')}</p>
      {sends.length > 0 && (
        <ul className="files-list" aria-label={t('files.sends')}>
          {sends.map((send) => (
            <SendRow
              key={send.key} send={send} onCancel={press(() => files.cancel(send.key))} onAgain={press(() => files.again(send.key))}
              opening={opening && { app: opening.app, state: opened.get(send.key), onOpen: () => void opening.files.open(send) }}
            />
          ))}
        </ul>
      )}
      {sends.some(({ state }) => isOver(state)) && <button type="button" className="files-button" onClick={press(() => files.clear())} data-testid="files-clear">{t('files.clear')}</button>}
    </>
  );
}

function useSends(files: DesktopFiles): readonly ListedSend[] {
  return useSyncExternalStore(
    (changed) => {
      const listening = files.changed.on(changed);
      return () => listening.dispose();
    },
    () => files.snapshot,
  );
}

const none: ReadonlyMap<number, OpenState> = new Map();

function useOpened(files: AppFiles | undefined): ReadonlyMap<number, OpenState> {
  return useSyncExternalStore(
    (changed) => {
      const listening = files?.changed.on(changed);
      return () => listening?.dispose();
    },
    () => files?.snapshot ?? none,
  );
}

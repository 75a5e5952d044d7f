import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { bytesText } from '../../i18n/format';
import { isOver } from '../../session/files';
import type { OpenState } from '../../session/app-files';
import type { ListedSend } from '../../session/files';
import { sentText } from '../../transfer/words';
import { refusedText } from './refused';

interface SendRowProps {
  readonly send: ListedSend;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
  /** The application that can open it, where one is shown. */
  readonly opening?: { readonly app: string; readonly state: OpenState | undefined; readonly onOpen: () => void } | undefined;
}

/** A file on its way: how much of it is there, how quickly it goes, and what can be done about it. */
export function SendRow({ send, onCancel, onAgain, opening }: SendRowProps) {
  const { t, i18n } = useTranslation();
  const { name, bytes, state, repeatable } = send;
  const moving = state.kind === 'sending' || state.kind === 'down';
  return (
    <li className="files-item" data-testid="file-send" data-state={state.kind}>
      <div className="files-words">
        <span className="files-name" title={name}>{name}</span>
        {moving && <progress className="files-bar" max={Math.max(1, bytes)} value={state.sent} aria-label={name} />}
        <span className="files-state word-keep" data-testid="file-send-state">{stateText(send, t, (key) => i18n.exists(key), i18n.language)}{opening?.state === 'opened' && ` · ${t('application.opened', { name: opening.app })}`}</span>
        {opening?.state === 'failed' && <span className="files-fault word-keep" role="alert">{t('application.notOpenedFile', { name: opening.app })}</span>}
      </div>
      {!isOver(state) && <button type="button" className="files-button" aria-label={t('files.cancelName', { name })} onClick={onCancel} data-testid="file-cancel">{t('files.cancel')}</button>}
      {opening && state.kind === 'done' && opening.state !== 'opened' && <button type="button" className="files-button" disabled={opening.state === 'opening'} aria-label={t('application.openFileName', { file: name, name: opening.app })} onClick={opening.onOpen} data-testid="file-open">{t('application.openFile')}</button>}
      {repeatable && <button type="button" className="files-button" aria-label={t('files.againName', { name })} onClick={onAgain} data-testid="file-again">{t('files.again')}</button>}
    </li>
  );
}

function stateText({ bytes, state }: ListedSend, t: TFunction, exists: (key: string) => boolean, language: string): string {
  switch (state.kind) {
    case 'waiting': return t('files.waiting');
    case 'sending': return sentText(state.sent, bytes, state, t, language);
    case 'down': return t('transfer.waiting');
    case 'failed': return refusedText(state.refusal, t, exists, language);
    case 'cancelled': return t('files.cancelled');
    case 'done': return t('files.done', { size: bytesText(bytes, language) });
  }
}

import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { bytesText } from '../../i18n/format';
import { isOver } from '../../session/files';
import type { ListedSend } from '../../session/files';
import { sentText } from '../../transfer/words';
import { refusedText } from './refused';

interface SendRowProps {
  readonly send: ListedSend;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
}

/** A file on its way: how much of it is there, how quickly it goes, and what can be done about it. */
export function SendRow({ send, onCancel, onAgain }: SendRowProps) {
  const { t, i18n } = useTranslation();
  const { name, bytes, state, repeatable } = send;
  const moving = state.kind === 'sending' || state.kind === 'down';
  return (
    <li className="files-item" data-testid="file-send" data-state={state.kind}>
      <div className="files-words">
        <span className="files-name" title={name}>{name}</span>
        {moving && <progress className="files-bar" max={Math.max(1, bytes)} value={state.sent} aria-label={name} />}
        <span className="files-state word-keep" data-testid="file-send-state">{stateText(send, t, (key) => i18n.exists(key), i18n.language)}</span>
      </div>
      {!isOver(state) && <button type="button" className="files-button" aria-label={t('files.cancelName', { name })} onClick={onCancel} data-testid="file-cancel">{t('files.cancel')}</button>}
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

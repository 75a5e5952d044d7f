import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sharedAddress } from '../../api/files';
import type { SharedFile } from '../../api/files';
import { bytesText } from '../../i18n/format';
import { refusalOf } from '../../session/file-send';
import type { DesktopFiles } from '../../session/files';
import { fetchByForm } from '../../transfer/download';
import { refusedText } from './refused';

const refreshMs = 3_000;

/** What lies in the desktop's folder for this computer. Asked for as long as it is shown, and somebody can see it. */
export function SharedList({ files, connected }: { readonly files: DesktopFiles; readonly connected: boolean }) {
  const { t, i18n } = useTranslation();
  const shared = useQuery({ queryKey: ['shared', useId()], queryFn: () => files.shared(), enabled: connected, refetchInterval: refreshMs, retry: false, staleTime: 0, gcTime: 0 });
  /** What was not fetched, and why. */
  const [failed, setFailed] = useState<string>();
  const why = (error: unknown): string => refusedText(refusalOf(error), t, (key) => i18n.exists(key), i18n.language);
  const fetchOne = async ({ id, name }: SharedFile): Promise<void> => {
    setFailed(undefined);
    try {
      const access = await files.access();
      fetchByForm(sharedAddress(access), { ticket: access.ticket, id }, () => setFailed(t('files.notFetched', { name })));
    } catch (error) {
      setFailed(why(error));
    }
  };
  const { data, error } = shared;
  return (
    <div className="files-from">
      <h3 className="files-title">{t('files.from')}</h3>
      {data && <p className="files-help word-keep" data-testid="files-folder">{t('files.fromHelp', { folder: data.folder })}</p>}
      {!data && !error && <p className="files-help" role="status">{t('files.loading')}</p>}
      {error && <p className="files-fault word-keep" role="alert" data-testid="files-error">{why(error)}</p>}
      {failed !== undefined && <p className="files-fault word-keep" role="alert" data-testid="files-not-fetched">{failed}</p>}
      {data?.files.length === 0 && <p className="files-help" data-testid="files-none">{t('files.none')}</p>}
      {data && data.files.length > 0 && (
        <ul className="files-list" aria-label={t('files.from')}>
          {data.files.map((file) => (
            <li key={file.id} className="files-item" data-testid="file-shared">
              <div className="files-words">
                <span className="files-name" title={file.name}>{file.name}</span>
                <span className="files-state">{bytesText(file.bytes, i18n.language)}</span>
              </div>
              <button type="button" className="files-button" aria-label={t('files.downloadName', { name: file.name })} onClick={() => void fetchOne(file)} data-testid="file-download">{t('files.download')}</button>
            </li>
          ))}
        </ul>
      )}
      {data?.more && <p className="files-help word-keep">{t('files.more')}</p>}
    </div>
  );
}

import { Button, FileButton, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { UploadView } from '../../api/images';
import { Refusal } from '../Refusal';
import { Confirm } from '../Confirm';
import type { ImportWish } from '../upload/importRun';
import { imports, remembered } from '../upload/imports';
import { isSame } from '../upload/remembered';
import type { Remembered } from '../upload/remembered';
import { bytesText } from '../../i18n/format';
import { endings } from './names';
import { useAct, useImports, useUploads } from './queries';

/** Uploads that were begun and are not on their way in this window: those of this browser go on with the same file. */
export function Unfinished() {
  const { t } = useTranslation();
  const uploads = useUploads();
  const running = new Set(useImports().map(({ run }) => run.id));
  const left = (uploads.data ?? []).filter(({ id }) => !running.has(id));
  if (left.length === 0) return null;
  const known = remembered.all();
  return (
    <section className="section">
      <h2 className="section-name">{t('console.import.unfinished')}</h2>
      <div className="box">{left.map((upload) => <Left key={upload.id} upload={upload} mine={known.find(({ id }) => id === upload.id)} />)}</div>
    </section>
  );
}

function Left({ upload, mine }: { readonly upload: UploadView; readonly mine: Remembered<ImportWish> | undefined }) {
  const { t, i18n } = useTranslation();
  const [other, setOther] = useState(false);
  const [asking, setAsking] = useState(false);
  const giveUp = useAct(() => images.giveUp(upload.id), () => {
    remembered.forget(upload.id);
    setAsking(false);
  });
  const [size, received] = [bytesText(upload.bytes, i18n.language), bytesText(upload.received, i18n.language)];
  const complete = upload.received === upload.bytes;
  const goOn = (wish: ImportWish, file?: File): void => {
    imports.begin({ fileName: upload.fileName, bytes: upload.bytes, wish, upload: upload.id, ...(file === undefined ? {} : { file }) });
  };
  const chosen = (file: File | null): void => {
    if (!file || !mine) return;
    if (isSame(mine, file)) goOn(mine.wish, file);
    else setOther(true);
  };
  return (
    <div className="job" data-testid="unfinished">
      <div className="job-head">
        <div className="job-words">
          <Text size="sm" fw={600} className="anywhere">{upload.fileName}</Text>
          <Text size="sm" className="soft word-keep">{complete ? t('console.import.complete') : mine ? t('console.import.unfinishedHere', { received, size }) : t('console.import.unfinishedThere', { received, size, name: upload.who })}</Text>
          {other && mine && <Text size="sm" className="bad word-keep" role="alert">{t('console.import.otherFile', { name: mine.name, size })}</Text>}
        </div>
        <Group gap="xs">
          {mine && complete && <Button size="xs" onClick={() => goOn(mine.wish)} data-testid="import-now">{t('console.import.importNow')}</Button>}
          {mine && !complete && (
            <FileButton onChange={chosen} accept={endings} inputProps={{ 'aria-label': t('console.import.file') }}>
              {(props) => <Button {...props} size="xs" data-testid="choose-again">{t('console.import.chooseAgain')}</Button>}
            </FileButton>
          )}
          <Button size="xs" variant="default" onClick={() => setAsking(true)} aria-label={t('console.import.giveUpName', { name: upload.fileName })}>{t('console.import.giveUp')}</Button>
        </Group>
      </div>
      <Confirm opened={asking} title={t('console.import.cancelTitle')} text={t('console.import.cancelText', { name: upload.fileName })} confirm={t('console.import.giveUp')} keep={t('console.import.keep')} danger pending={giveUp.isPending} testId="confirm-give-up" onClose={() => setAsking(false)} onConfirm={() => giveUp.mutate()}>
        <Refusal error={giveUp.error} />
      </Confirm>
    </div>
  );
}

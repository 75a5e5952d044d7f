import { Button, FileButton, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bytesText } from '../../i18n/format';
import { endings } from './names';

/** A place to drop a file, and a button to choose one. */
export function FileChoice({ file, onFile }: { readonly file: File | undefined; readonly onFile: (file: File) => void }) {
  const { t, i18n } = useTranslation();
  const [over, setOver] = useState(false);
  return (
    <div
      className="drop" data-over={over} data-testid="drop"
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const dropped = event.dataTransfer.files[0];
        if (dropped) onFile(dropped);
      }}
    >
      {file ? <Text fw={600} className="anywhere" data-testid="file-name">{t('console.import.fileSize', { name: file.name, size: bytesText(file.size, i18n.language) })}</Text> : <Text className="word-keep">{t('console.import.drop')}</Text>}
      <FileButton onChange={(chosen) => chosen && onFile(chosen)} accept={endings} inputProps={{ 'aria-label': t('console.import.file') }}>
        {(props) => <Button {...props} variant={file ? 'default' : 'light'} data-testid="choose-file">{file ? t('console.import.chosen') : t('console.import.choose')}</Button>}
      </FileButton>
      <Text size="sm" className="soft word-keep">{t('console.import.kinds')}</Text>
    </div>
  );
}

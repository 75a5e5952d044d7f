import { Button, Select, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { HardwareRequest, MediumFormat } from '../../api/images';
import type { Rights } from '../../api/rights';
import { imports, remembered } from '../upload/imports';
import { isSame } from '../upload/remembered';
import { FileChoice } from './FileChoice';
import { HardwareFields } from './HardwareFields';
import { ImportNote } from './ImportNote';
import { badImageName, formatOf, formats, nameFor } from './names';
import { useImports, useUploads } from './queries';
import { Unfinished } from './Unfinished';

/** /console/import: a disk or an installer from this computer. */
export function ImportPage({ rights }: { readonly rights: Rights }) {
  const { t } = useTranslation();
  useDocumentTitle(`${t('console.import.title')} · ${t('app.name')}`);
  const runs = useImports();
  const uploads = useUploads();
  const [file, setFile] = useState<File>();
  const choose = (chosen: File): void => {
    // One that was begun before a reload goes on; nothing is asked twice.
    const known = remembered.all().find((one) => isSame(one, chosen) && (uploads.data ?? []).some(({ id }) => id === one.id) && !runs.some(({ run }) => run.id === one.id));
    if (known) imports.begin({ fileName: known.name, bytes: known.size, wish: known.wish, upload: known.id, file: chosen });
    else setFile(chosen);
  };
  return (
    <>
      <Link href="/console/images" className="crumb">{t('console.images')}</Link>
      <Title order={1} size="h2" mb="md">{t('console.import.title')}</Title>
      {runs.length > 0 && (
        <section aria-label={t('console.import.running')}>
          <Stack gap="sm" mb="lg">
            {runs.map(({ run, state }) => <ImportNote key={run.options.fileName + String(run.id)} run={run} state={state} rights={rights} />)}
            {runs.some(({ run }) => run.isSending) && <Text size="sm" className="soft word-keep">{t('console.import.next')}</Text>}
          </Stack>
        </section>
      )}
      <div className="box form">
        <FileChoice file={file} onFile={choose} />
        {file && <ImportForm key={`${file.name} ${file.size} ${file.lastModified}`} file={file} onDone={() => setFile(undefined)} />}
      </div>
      <Unfinished />
    </>
  );
}

function ImportForm({ file, onDone }: { readonly file: File; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [format, setFormat] = useState<MediumFormat | undefined>(() => formatOf(file.name));
  const [name, setName] = useState(() => nameFor(file.name, formatOf(file.name)));
  const [said, setSaid] = useState<HardwareRequest>({});
  const [notes, setNotes] = useState('');
  const [tried, setTried] = useState(false);
  const iso = format === 'iso';
  const badName = iso ? (name.trim() === '' ? 'missing' as const : undefined) : badImageName(name);
  const submit = (): void => {
    setTried(true);
    if (format === undefined || badName !== undefined) return;
    imports.begin({ fileName: file.name, bytes: file.size, file, wish: { name: name.trim(), format, notes: notes.trim(), ...(iso ? {} : { hardware: said }) } });
    onDone();
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit(); }} noValidate>
      <Stack gap="md" mt="lg">
        <Select
          label={t('console.import.format')} description={t('console.import.formatHelp')} value={format ?? null} error={tried && format === undefined ? t('error.unknown-format') : undefined} allowDeselect={false}
          data={formats.map((value) => ({ value, label: value === 'iso' ? t('console.import.formatIso') : value }))}
          onChange={(value) => setFormat(formats.find((one) => one === value))} data-testid="import-format"
        />
        <TextInput label={t('console.import.name')} description={iso ? t('console.import.mediumNameHelp') : t('console.import.nameHelp')} value={name} maxLength={100} autoCapitalize="none" spellCheck={false} error={(tried || name !== '') && badName !== undefined ? t(`error.${badName}`) : undefined} onChange={(event) => setName(event.currentTarget.value)} data-testid="import-name" />
        {iso ? <Text size="sm" className="soft word-keep">{t('console.import.isoText')}</Text> : <HardwareFields said={said} format={format} fault={() => undefined} onChange={setSaid} />}
        {!iso && <Textarea label={t('console.import.notes')} description={t('console.import.notesHelp')} autosize minRows={2} maxRows={8} maxLength={2000} value={notes} onChange={(event) => setNotes(event.currentTarget.value)} data-testid="import-notes" />}
        <div><Button type="submit" data-testid="import-submit">{t('console.import.submit')}</Button></div>
      </Stack>
    </form>
  );
}

import { Button, Checkbox, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apps } from '../../api/apps';
import type { AppPool } from '../../api/apps';
import { ApiError } from '../../api/client';
import type { Tagged } from '../../api/client';
import type { Rights } from '../../api/rights';
import { faultsOf } from '../faults';
import { Refusal } from '../Refusal';
import { IconChoice } from './IconChoice';
import { changeOf, fieldsOf, published } from './model';
import type { AppFields, Published } from './model';
import { ParameterList } from './ParameterList';
import { refreshApps } from './queries';

interface AppFormProps {
  readonly pool: Published;
  readonly tag: string;
  readonly rights: Rights;
  /** Reads it anew. */
  readonly again: () => void;
}

/** What an application is, how it is opened, and who may embed it. */
export function AppForm({ pool, tag: read, rights, again }: AppFormProps) {
  const { t } = useTranslation();
  const [tag, setTag] = useState(read);
  const [fields, setFields] = useState(() => fieldsOf(pool));
  /** What is there now: origins of addresses, and the like. */
  const keep = ({ value, tag: next }: Tagged<AppPool>): void => {
    setTag(next);
    const [saved] = published([value]);
    if (saved) setFields(fieldsOf(saved));
  };
  const save = useMutation({ mutationFn: () => apps.change(pool.id, changeOf(fields), tag), onSuccess: keep, onSettled: refreshApps });
  const set = (change: Partial<AppFields>): void => {
    save.reset();
    setFields({ ...fields, ...change });
  };
  const faults = faultsOf(save.error);
  const fault = (field: string): string | undefined => {
    // What is wrong with one of several stands below all of them.
    const code = faults.get(field) ?? [...faults].find(([at]) => at.startsWith(`${field}[`))?.[1];
    return code === undefined ? undefined : t(`error.${code}` as 'error.missing');
  };
  const stale = save.error instanceof ApiError && save.error.status === 412;
  const readOnly = !rights.administer;
  return (
    <form className="box form" onSubmit={(event) => { event.preventDefault(); if (!save.isPending) save.mutate(); }}>
      <Stack gap="md">
        <TextInput label={t('console.apps.name')} value={fields.name} error={fault('name')} maxLength={100} required withAsterisk={false} onChange={(event) => set({ name: event.currentTarget.value })} readOnly={readOnly} data-testid="app-name" />
        <TextInput label={t('console.apps.description')} value={fields.description} error={fault('description')} maxLength={500} onChange={(event) => set({ description: event.currentTarget.value })} readOnly={readOnly} />
        <Group gap="md" align="flex-start">
          <TextInput label={t('console.apps.version')} description={t('console.apps.versionHelp')} value={fields.version} error={fault('app.version')} maxLength={32} onChange={(event) => set({ version: event.currentTarget.value })} readOnly={readOnly} data-testid="app-version" />
          <TextInput label={t('console.apps.category')} description={t('console.apps.categoryHelp')} value={fields.category} error={fault('app.category')} maxLength={64} onChange={(event) => set({ category: event.currentTarget.value })} readOnly={readOnly} />
        </Group>
        <IconChoice name={fields.name} icon={fields.icon} fault={fault('app.icon')} readOnly={readOnly} onChange={(icon) => set({ icon })} />
        <TextInput label={t('console.apps.command')} value={fields.command} error={fault('app.command')} required withAsterisk={false} spellCheck={false} classNames={{ input: 'code-input' }} onChange={(event) => set({ command: event.currentTarget.value })} readOnly={readOnly} />
        <Textarea label={t('console.apps.arguments')} description={t('console.apps.argumentsHelp')} autosize minRows={1} maxRows={8} spellCheck={false} classNames={{ input: 'code-input' }} value={fields.arguments} error={fault('app.arguments')} onChange={(event) => set({ arguments: event.currentTarget.value })} readOnly={readOnly} />
        <TextInput label={t('console.apps.folder')} description={t('console.apps.folderHelp')} value={fields.folder} error={fault('app.folder')} spellCheck={false} classNames={{ input: 'code-input' }} onChange={(event) => set({ folder: event.currentTarget.value })} readOnly={readOnly} />
        <Textarea label={t('console.apps.fileTypes')} description={t('console.apps.fileTypesHelp')} autosize minRows={1} maxRows={8} spellCheck={false} classNames={{ input: 'code-input' }} value={fields.fileTypes} error={fault('app.fileTypes')} onChange={(event) => set({ fileTypes: event.currentTarget.value })} readOnly={readOnly} />
        <Checkbox label={t('console.apps.keptOpen')} description={t('console.apps.keptOpenHelp')} checked={fields.open} onChange={(event) => !readOnly && set({ open: event.currentTarget.checked })} data-testid="app-open" />
        <Checkbox label={t('console.apps.shared')} description={t('console.apps.sharedHelp')} checked={fields.shared} onChange={(event) => !readOnly && set({ shared: event.currentTarget.checked })} data-testid="app-shared" />
        <ParameterList parameters={fields.parameters} fault={fault} readOnly={readOnly} onChange={(parameters) => set({ parameters })} />
        <Textarea label={t('console.apps.embed')} description={t('console.apps.embedHelp')} placeholder="https://" autosize minRows={1} maxRows={8} spellCheck={false} classNames={{ input: 'code-input' }} value={fields.embed} error={fault('app.embed')} onChange={(event) => set({ embed: event.currentTarget.value })} readOnly={readOnly} data-testid="app-embed" />
      </Stack>
      <Refusal error={save.error} />
      {stale && <Button variant="light" size="xs" mt="sm" onClick={again}>{t('console.policy.stale')}</Button>}
      {!readOnly && (
        <Group mt="md" gap="md">
          <Button type="submit" loading={save.isPending} data-testid="app-save">{t('console.save')}</Button>
          {save.isSuccess && <Text size="sm" className="soft word-keep" role="status">{t('console.apps.saved')}</Text>}
        </Group>
      )}
    </form>
  );
}

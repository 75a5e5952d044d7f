import { Button, Checkbox, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apps } from '../../api/apps';
import { faultsOf } from '../faults';
import { Refusal } from '../Refusal';
import { localTime, requestOf } from './model';
import type { LinkFields, Published } from './model';
import { refreshApps } from './queries';

/** So long a link is good unless one says otherwise. */
const usualDays = 7;

/** Makes a link, and shows its address, which nobody can see again. */
export function NewLink({ pool, onClose }: { readonly pool: Published; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [fields, setFields] = useState<LinkFields>(() => ({ name: '', expires: localTime(new Date(Date.now() + usualDays * 86_400_000)), maxUses: '', clipboard: true, files: false, minutes: '', arguments: {} }));
  const make = useMutation({ mutationFn: () => apps.addLink(pool.id, requestOf(fields)), onSettled: refreshApps });
  const set = (change: Partial<LinkFields>): void => {
    make.reset();
    setFields({ ...fields, ...change });
  };
  const faults = faultsOf(make.error);
  const fault = (field: string): string | undefined => {
    const code = faults.get(field);
    return code === undefined ? undefined : t(`error.${code}` as 'error.missing');
  };
  const digits = (text: string): string => text.replace(/\D/g, '');
  return (
    <Modal opened onClose={onClose} title={<Text fw={650} size="lg" className="word-keep">{t(make.data ? 'console.links.made' : 'console.links.new')}</Text>} centered withCloseButton={false} closeOnClickOutside={!make.data} closeOnEscape={!make.data} radius="lg">
      {make.data
        ? <Address url={make.data.url} onClose={onClose} />
        : (
          <form onSubmit={(event) => { event.preventDefault(); if (!make.isPending) make.mutate(); }}>
            <Stack gap="md">
              <TextInput label={t('console.links.name')} description={t('console.links.nameHelp')} value={fields.name} error={fault('name')} maxLength={100} required withAsterisk={false} data-autofocus onChange={(event) => set({ name: event.currentTarget.value })} data-testid="link-name" />
              <TextInput type="datetime-local" label={t('console.links.expires')} description={t('console.links.expiresHelp')} value={fields.expires} error={fault('expires')} min={localTime(new Date())} required withAsterisk={false} onChange={(event) => set({ expires: event.currentTarget.value })} data-testid="link-expires" />
              <Group gap="md" align="flex-start" grow>
                <TextInput label={t('console.links.maxUses')} description={t('console.links.emptyAny')} inputMode="numeric" maxLength={6} value={fields.maxUses} error={fault('maxUses')} onChange={(event) => set({ maxUses: digits(event.currentTarget.value) })} data-testid="link-uses" />
                <TextInput label={t('console.links.minutes')} description={t('console.links.emptyAny')} inputMode="numeric" maxLength={5} value={fields.minutes} error={fault('minutes')} onChange={(event) => set({ minutes: digits(event.currentTarget.value) })} />
              </Group>
              <Checkbox label={t('console.links.clipboard')} checked={fields.clipboard} onChange={(event) => set({ clipboard: event.currentTarget.checked })} />
              <Checkbox label={t('console.links.files')} checked={fields.files} onChange={(event) => set({ files: event.currentTarget.checked })} />
              {pool.settings.app.parameters.map(({ name, label }) => (
                <TextInput key={name} label={label} description={t('console.links.fixed')} value={fields.arguments[name] ?? ''} error={fault(`arguments.${name}`)} onChange={(event) => set({ arguments: { ...fields.arguments, [name]: event.currentTarget.value } })} />
              ))}
            </Stack>
            <Refusal error={make.error} />
            <Group justify="flex-end" mt="lg" gap="sm">
              <Button variant="default" onClick={onClose}>{t('console.cancel')}</Button>
              <Button type="submit" loading={make.isPending} data-testid="link-make">{t('console.links.make')}</Button>
            </Group>
          </form>
        )}
    </Modal>
  );
}

function Address({ url, onClose }: { readonly url: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Text size="sm" className="word-keep">{t('console.links.once')}</Text>
      <Group mt="md" gap="sm" wrap="nowrap" align="flex-end">
        <TextInput className="grow" aria-label={t('console.links.address')} value={url} readOnly classNames={{ input: 'code-input' }} onFocus={(event) => event.currentTarget.select()} data-testid="link-url" />
        <CopyButton value={url} timeout={3_000}>{({ copied, copy }) => <Button onClick={copy} variant={copied ? 'light' : 'filled'} data-autofocus data-testid="link-copy">{copied ? t('console.links.copied') : t('console.links.copy')}</Button>}</CopyButton>
      </Group>
      <Group justify="flex-end" mt="lg"><Button variant="default" onClick={onClose} data-testid="link-done">{t('console.close')}</Button></Group>
    </>
  );
}

import { Button, Checkbox, Chip, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { PolicyDocument } from '../../api/images';
import type { Tagged } from '../../api/client';
import { ApiError } from '../../api/client';
import type { Rights } from '../../api/rights';
import type { DayOfWeek } from '../../api/schema';
import { faultsOf } from '../faults';
import { Refusal } from '../Refusal';
import { documentOf, fieldsOf, weekDays } from './policy';
import type { PolicyFields } from './policy';
import { refreshImages } from './queries';

/** How an image's versions are kept, checked and updated. */
export function PolicyForm({ name, rights }: { readonly name: string; readonly rights: Rights }) {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['policy', name], queryFn: () => images.policy(name), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  return (
    <section className="section">
      <h2 className="section-name">{t('console.policy.title')}</h2>
      {read.isError && <Refusal error={read.error} retry={() => void read.refetch()} />}
      {read.data && <Fields key={read.dataUpdatedAt} name={name} read={read.data} rights={rights} again={() => void read.refetch()} />}
    </section>
  );
}

interface FieldsProps {
  readonly name: string;
  readonly read: Tagged<PolicyDocument>;
  readonly rights: Rights;
  readonly again: () => void;
}

function Fields({ name, read, rights, again }: FieldsProps) {
  const { t } = useTranslation();
  const daysLabel = useId();
  const [tag, setTag] = useState(read.tag);
  const [fields, setFields] = useState<PolicyFields>(() => fieldsOf(read.value, Intl.DateTimeFormat().resolvedOptions().timeZone));
  const save = useMutation({ mutationFn: () => images.setPolicy(name, documentOf(fields), tag), onSuccess: (saved) => setTag(saved.tag), onSettled: refreshImages });
  const set = (change: Partial<PolicyFields>): void => {
    save.reset();
    setFields({ ...fields, ...change });
  };
  const faults = faultsOf(save.error);
  const fault = (field: string): string | undefined => {
    const code = faults.get(field);
    return code === undefined ? undefined : t(`error.${code}` as 'error.missing');
  };
  const stale = save.error instanceof ApiError && save.error.status === 412;
  const readOnly = !rights.administer;
  return (
    <form className="box form" onSubmit={(event) => { event.preventDefault(); if (!save.isPending) save.mutate(); }}>
      <Stack gap="md">
        <TextInput label={t('console.policy.keep')} description={t('console.policy.keepHelp')} inputMode="numeric" pattern="[0-9]*" maxLength={4} classNames={{ input: 'short-input' }} value={fields.keep} error={fault('keep')} onChange={(event) => set({ keep: event.currentTarget.value.replace(/\D/g, '') })} readOnly={readOnly} data-testid="policy-keep" />
        <Textarea label={t('console.policy.script')} description={t('console.policy.scriptHelp')} autosize minRows={3} maxRows={14} classNames={{ input: 'code-input' }} spellCheck={false} value={fields.script} error={fault('checkScript')} onChange={(event) => set({ script: event.currentTarget.value })} readOnly={readOnly} data-testid="policy-script" />
        <Checkbox label={t('console.policy.update')} description={t('console.policy.updateHelp')} checked={fields.updates} onChange={(event) => !readOnly && set({ updates: event.currentTarget.checked })} data-testid="policy-update" />
        {fields.updates && (
          <>
            <div>
              <Text size="sm" fw={500} mb={4} id={daysLabel}>{t('console.policy.days')}</Text>
              <Chip.Group multiple value={[...fields.days]} onChange={(days: string[]) => !readOnly && set({ days: days as DayOfWeek[] })}>
                <Group gap={6} role="group" aria-labelledby={daysLabel}>{weekDays.map((day) => <Chip key={day} value={day} size="sm">{t(`console.policy.day.${day}`)}</Chip>)}</Group>
              </Chip.Group>
              {fault('update.hours.days') !== undefined && <Text size="sm" className="bad" mt={4}>{fault('update.hours.days')}</Text>}
            </div>
            <Group gap="md" align="flex-start">
              <TextInput type="time" label={t('console.policy.from')} value={fields.from} error={fault('update.hours.from')} onChange={(event) => set({ from: event.currentTarget.value })} required withAsterisk={false} readOnly={readOnly} />
              <TextInput type="time" label={t('console.policy.to')} value={fields.to} error={fault('update.hours.to')} onChange={(event) => set({ to: event.currentTarget.value })} required withAsterisk={false} readOnly={readOnly} />
              <TextInput label={t('console.policy.zone')} value={fields.zone} error={fault('update.timeZone')} onChange={(event) => set({ zone: event.currentTarget.value })} required withAsterisk={false} readOnly={readOnly} />
            </Group>
          </>
        )}
      </Stack>
      <Refusal error={save.error} />
      {stale && <Button variant="light" size="xs" mt="sm" onClick={again}>{t('console.policy.stale')}</Button>}
      {!readOnly && (
        <Group mt="md" gap="md">
          <Button type="submit" variant="default" loading={save.isPending} data-testid="policy-save">{t('console.save')}</Button>
          {save.isSuccess && <Text size="sm" className="soft" role="status">{t('console.policy.saved')}</Text>}
        </Group>
      )}
    </form>
  );
}

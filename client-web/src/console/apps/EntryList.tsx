import { Checkbox, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { AppEntry } from '../../api/apps';
import { Refusal } from '../Refusal';
import type { Published, Wish } from './model';
import { PoolIcon } from './PoolIcon';

interface EntryListProps {
  readonly entries: readonly AppEntry[];
  readonly wishes: readonly Wish[];
  /** What of the image is published already. */
  readonly known: readonly Published[];
  readonly made: ReadonlyMap<string, string>;
  readonly faults: ReadonlyMap<string, Error>;
  readonly busy: boolean;
  readonly fault: (wish: Wish) => string | undefined;
  readonly onTick: (entry: AppEntry, on: boolean) => void;
  readonly onChange: (wish: Wish) => void;
}

/** So many are seen without searching. */
const seen = 8;

/** The programs of an image, to be ticked and named. */
export function EntryList({ entries, wishes, known, made, faults, busy, fault, onTick, onChange }: EntryListProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const shown = entries.filter((entry) => `${entry.name}\n${entry.comment}\n${entry.command}`.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <>
      {entries.length > seen && <TextInput aria-label={t('start.search')} placeholder={t('start.search')} value={search} onChange={(event) => setSearch(event.currentTarget.value)} maw={300} mt="sm" data-testid="entry-search" />}
      <ul className="box plain">
        {shown.map((entry) => {
          const wish = wishes.find((each) => each.entry === entry);
          const slug = made.get(entry.entry);
          return (
            <li key={entry.entry} className="entry" data-testid="entry" data-entry={entry.entry}>
              <Checkbox className="entry-tick" aria-label={entry.name} checked={wish !== undefined} disabled={busy || slug !== undefined} onChange={(event) => onTick(entry, event.currentTarget.checked)} data-testid="entry-tick" />
              <PoolIcon name={entry.name} icon={entry.icon} />
              <div className="row-words">
                <Text size="sm" className="word-keep"><b>{entry.name}</b>{entry.terminal && <span className="tag">{t('console.apps.terminal')}</span>}</Text>
                {entry.comment !== '' && <Text size="sm" className="soft word-keep">{entry.comment}</Text>}
                <Already known={known} entry={entry} made={slug} />
                {wish && slug === undefined && <WishFields wish={wish} fault={fault(wish)} busy={busy} onChange={onChange} />}
                <Refusal error={faults.get(entry.entry) ?? null} />
              </div>
            </li>
          );
        })}
      </ul>
      {shown.length === 0 && entries.length > 0 && <Text size="sm" mt="sm" className="soft">{t('start.notFound', { search: search.trim() })}</Text>}
    </>
  );
}

function Already({ known, entry, made }: { readonly known: readonly Published[]; readonly entry: AppEntry; readonly made: string | undefined }) {
  const { t } = useTranslation();
  const ids = made === undefined ? known.filter(({ settings: { app } }) => app.command === entry.command && app.arguments.join('\n') === entry.arguments.join('\n')).map(({ id }) => id) : [made];
  if (ids.length === 0) return null;
  return (
    <Text size="sm" className="word-keep" role={made === undefined ? undefined : 'status'} data-testid={made === undefined ? 'entry-known' : 'entry-made'}>
      {made === undefined ? t('console.apps.already') : t('console.apps.made')} {ids.map((id) => <Link key={id} href={`/console/apps/of/${encodeURIComponent(id)}`} className="link entry-link">/app/{id}</Link>)}
    </Text>
  );
}

function WishFields({ wish, fault, busy, onChange }: { readonly wish: Wish; readonly fault: string | undefined; readonly busy: boolean; readonly onChange: (wish: Wish) => void }) {
  const { t } = useTranslation();
  return (
    <div className="entry-fields">
      <TextInput size="sm" label={t('console.apps.name')} value={wish.name} maxLength={100} disabled={busy} error={wish.name.trim() === '' ? t('error.missing') : undefined} onChange={(event) => onChange({ ...wish, name: event.currentTarget.value })} data-testid="entry-name" />
      <TextInput size="sm" label={t('console.apps.address')} value={wish.slug} maxLength={64} disabled={busy} error={fault && t(`error.${fault}` as 'error.bad-name')} onChange={(event) => onChange({ ...wish, slug: event.currentTarget.value })} spellCheck={false} autoCapitalize="none" data-testid="entry-slug" />
      <TextInput size="sm" label={t('console.apps.version')} value={wish.version} maxLength={32} disabled={busy} onChange={(event) => onChange({ ...wish, version: event.currentTarget.value })} data-testid="entry-version" />
    </div>
  );
}

import { Button, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Desktop } from '../api/types';
import { DesktopCard } from './DesktopCard';
import { SearchField } from './SearchField';
import { found, sectionsOf } from './sections';
import { useDropGuard } from './useCardDrop';
import { categoryName } from '../i18n/category';

/** Fewer desktops than this are seen at a glance. */
const searchedFrom = 4;

/** Everything that can be opened, in one grid: what runs first, then favourites, and so on; or what was searched for. */
export function Shelf({ desktops }: { readonly desktops: readonly Desktop[] }) {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useState('');
  const grid = useRef<HTMLUListElement>(null);
  useDropGuard();
  const apps = desktops.some(({ app }) => app);
  const searching = search.trim() !== '';
  const sections = sectionsOf(searching ? found(desktops, search) : desktops, i18n.language);
  const count = sections.reduce((sum, { items }) => sum + items.length, 0);
  return (
    <>
      <div className="shelf-head">
        <Title order={1} size="h2">{apps ? t('start.titleApps') : t('start.title')}</Title>
        {(apps || desktops.length >= searchedFrom) && <SearchField value={search} onChange={setSearch} onDown={() => grid.current?.querySelector<HTMLElement>('.card-actions button:not(:disabled)')?.focus()} />}
      </div>
      <VisuallyHidden role="status" aria-live="polite">{searching ? t('start.found', { count }) : ''}</VisuallyHidden>
      {searching && count === 0 && (
        <Stack gap={4} mt="xl" align="flex-start" data-testid="search-none">
          <Text fw={600} className="word-keep">{t('start.notFound', { search: search.trim() })}</Text>
          <Text className="soft word-keep">{t('start.notFoundHelp')}</Text>
          <Button variant="light" mt="sm" onClick={() => setSearch('')}>{t('start.clear')}</Button>
        </Stack>
      )}
      {/* One list, so that a card that goes to another section keeps what is going on in it, and the keyboard. */}
      <ul className="cards" ref={grid}>
        {sections.flatMap(({ kind, category, items }) => [
          ...(kind === 'all' ? [] : [<li key={`${kind} ${category ?? ''}`} className="cards-head" data-testid={`section-${kind}`}><h2>{kind === 'category' ? categoryName(t, category ?? '') : t(`start.section.${kind}`)}</h2></li>]),
          ...items.map((desktop) => <DesktopCard key={`card ${desktop.id}`} desktop={desktop} headed={kind !== 'all'} />),
        ])}
      </ul>
    </>
  );
}

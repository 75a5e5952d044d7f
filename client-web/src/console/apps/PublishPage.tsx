import { Button, Checkbox, Group, Progress, Select, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { apps } from '../../api/apps';
import type { AppEntry } from '../../api/apps';
import { useVersions } from '../images/queries';
import { Refusal } from '../Refusal';
import { EntryList } from './EntryList';
import { badSlug, published, settingsOf, slugFor } from './model';
import type { Wish } from './model';
import { refreshApps, usePools } from './queries';

/** /console/apps/publish: makes applications of the programs in an image. */
export function PublishPage() {
  const { t } = useTranslation();
  useDocumentTitle(`${t('console.apps.publish')} · ${t('app.name')}`);
  const versions = useVersions(false);
  const pools = usePools();
  const [chosen, setImage] = useState<string | null>(null);
  const [wishes, setWishes] = useState<readonly Wish[]>([]);
  const [everybody, setEverybody] = useState(false);
  const stop = useRef<AbortController>(undefined);
  const look = useMutation({
    mutationFn: async (name: string) => {
      stop.current = new AbortController();
      return (await apps.entries(name, stop.current.signal)).items;
    },
  });
  useEffect(() => () => stop.current?.abort(), []);
  const images = [...new Set((versions.data ?? []).filter(({ offered }) => offered).map(({ name }) => name))].sort();
  const image = chosen ?? (images.length === 1 ? images[0] ?? null : null);
  const taken = new Set((pools.data ?? []).map(({ id }) => id));
  const known = published(pools.data ?? []).filter(({ settings }) => settings.image === image);
  const make = useMakePools(image ?? '', everybody);
  const made = new Set(make.made.keys());
  const open = wishes.filter(({ entry }) => !made.has(entry.entry));
  /** Why an address cannot be had: it is there, or somebody before it in the list wants it. */
  const fault = (wish: Wish): ReturnType<typeof badSlug> => badSlug(wish.slug, new Set([...taken, ...open.filter((other) => other !== wish && open.indexOf(other) < open.indexOf(wish)).map(({ slug }) => slug)]));
  const tick = (entry: AppEntry, on: boolean): void => {
    const others = wishes.filter((wish) => wish.entry !== entry);
    setWishes(on ? [...others, { entry, name: entry.name, slug: slugFor(entry, new Set([...taken, ...others.map(({ slug }) => slug)])), version: '' }] : others);
  };
  const cancel = (): void => {
    stop.current?.abort();
    look.reset();
  };
  const begin = (): void => {
    if (open.length > 0 && open.every((wish) => fault(wish) === undefined && wish.name.trim() !== '') && !make.running) void make.run(open);
  };
  return (
    <>
      <Link href="/console/apps" className="crumb">{t('console.apps.title')}</Link>
      <Title order={1} size="h2" mb="md">{t('console.apps.publish')}</Title>
      <form className="box form" onSubmit={(event) => { event.preventDefault(); if (image && !look.isPending) look.mutate(image); }}>
        <Stack gap="md">
          <Select
            label={t('console.apps.image')} description={t('console.apps.imageHelp')} data={images} value={image} searchable allowDeselect={false} disabled={look.isPending || make.running} data-testid="publish-image"
            onChange={(name) => { setImage(name); setWishes([]); make.reset(); look.reset(); }}
          />
          {look.isPending
            ? (
              <div role="status" data-testid="looking">
                <Text size="sm" className="word-keep">{t('console.apps.looking')}</Text>
                <Progress.Root size="sm" mt={8} aria-hidden="true"><Progress.Section value={100} animated withAria={false} /></Progress.Root>
                <Button mt="sm" size="xs" variant="default" onClick={cancel} data-testid="look-cancel">{t('console.cancel')}</Button>
              </div>
            )
            : <Group><Button type="submit" variant={look.data ? 'default' : 'filled'} disabled={image === null || make.running} data-testid="look">{look.data ? t('console.apps.lookAgain') : t('console.apps.look')}</Button></Group>}
        </Stack>
        <Refusal error={look.error} />
      </form>
      {look.data && (
        <section className="section" aria-labelledby="entries">
          <h2 className="section-name" id="entries">{t('console.apps.found', { count: look.data.length })}</h2>
          {look.data.length === 0 && <Text size="sm" className="soft word-keep">{t('console.apps.foundNone')}</Text>}
          <EntryList
            entries={look.data} wishes={wishes} known={known} made={make.made} faults={make.faults} busy={make.running} onTick={tick}
            fault={fault} onChange={(wish) => setWishes(wishes.map((each) => (each.entry === wish.entry ? wish : each)))}
          />
          {look.data.length > 0 && (
            <Stack gap="md" mt="lg" align="flex-start">
              <Checkbox label={t('console.apps.everybody')} description={t('console.apps.everybodyHelp')} checked={everybody} disabled={make.running} onChange={(event) => setEverybody(event.currentTarget.checked)} data-testid="publish-everybody" />
              <Group gap="md">
                <Button onClick={begin} loading={make.running} disabled={open.length === 0} data-testid="publish">{t('console.apps.publishCount', { count: open.length })}</Button>
                {made.size > 0 && <Button component={Link} href="/console/apps" variant="default">{t('console.apps.toAll')}</Button>}
              </Group>
            </Stack>
          )}
        </section>
      )}
    </>
  );
}

interface Making {
  readonly running: boolean;
  /** The address of each that was made, by its entry. */
  readonly made: ReadonlyMap<string, string>;
  readonly faults: ReadonlyMap<string, Error>;
  run(wishes: readonly Wish[]): Promise<void>;
  reset(): void;
}

/** Makes the pools one after the other; one that is refused does not keep the others back. */
function useMakePools(image: string, everybody: boolean): Making {
  const [running, setRunning] = useState(false);
  const [made, setMade] = useState<ReadonlyMap<string, string>>(new Map());
  const [faults, setFaults] = useState<ReadonlyMap<string, Error>>(new Map());
  return {
    running, made, faults,
    run: async (wishes) => {
      setRunning(true);
      setFaults(new Map());
      for (const wish of wishes) {
        const key = wish.entry.entry;
        try {
          await apps.create(wish.slug, settingsOf(wish, image, everybody));
          setMade((before) => new Map([...before, [key, wish.slug]]));
        } catch (error) {
          setFaults((before) => new Map([...before, [key, error instanceof Error ? error : new Error(String(error))]]));
        }
      }
      setRunning(false);
      await refreshApps();
    },
    reset: () => {
      setMade(new Map());
      setFaults(new Map());
    },
  };
}

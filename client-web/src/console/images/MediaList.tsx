import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { MediumView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Confirm } from '../Confirm';
import { Refusal } from '../Refusal';
import { bytesText, timeText } from '../../i18n/format';
import { useAct } from './queries';

/** Installers and drivers for the drives of editing machines. */
export function MediaList({ media, rights }: { readonly media: readonly MediumView[]; readonly rights: Rights }) {
  const { t, i18n } = useTranslation();
  const [asked, setAsked] = useState<MediumView>();
  const drop = useAct(images.deleteMedium, () => setAsked(undefined));
  const close = (): void => {
    drop.reset();
    setAsked(undefined);
  };
  return (
    <section className="section">
      <h2 className="section-name">{t('console.list.media')}</h2>
      <Text size="sm" className="soft word-keep">{t('console.list.mediaHelp')}</Text>
      {media.length === 0 && <Text size="sm" mt="sm">{t('console.list.noMedia')}</Text>}
      {media.length > 0 && (
        <ul className="box plain">
          {media.map((medium) => (
            <li key={medium.hash} className="line" data-testid="medium">
              <Text size="sm" className="word-keep">
                <b>{medium.name}</b> <span className="soft">{t('console.list.added', { size: bytesText(medium.bytes, i18n.language), time: timeText(medium.added, i18n.language) })}{medium.edits.length > 0 && ` · ${t('console.list.inUse', { images: medium.edits.join(', ') })}`}</span>
              </Text>
              {rights.administer && <Button size="xs" variant="default" onClick={() => setAsked(medium)} aria-label={t('console.list.deleteMedium', { name: medium.name })} data-testid="medium-delete">{t('console.delete')}</Button>}
            </li>
          ))}
        </ul>
      )}
      <Confirm
        opened={asked !== undefined} title={t('console.list.deleteMediumTitle')} text={t('console.list.deleteMediumText', { name: asked?.name ?? '' })} confirm={t('console.delete')} danger pending={drop.isPending} testId="confirm-delete-medium"
        onClose={close} onConfirm={() => asked && drop.mutate(asked.hash)}
      >
        <Refusal error={drop.error} />
      </Confirm>
    </section>
  );
}

import { Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apps } from '../../api/apps';
import type { LinkView } from '../../api/apps';
import type { Rights } from '../../api/rights';
import { timeText } from '../../i18n/format';
import { Confirm } from '../Confirm';
import { Refusal } from '../Refusal';
import { linkState } from './model';
import type { Published } from './model';
import { NewLink } from './NewLink';
import { refreshApps, useLinks } from './queries';

/** The links to an application, for people who do not sign in. */
export function Links({ pool, rights }: { readonly pool: Published; readonly rights: Rights }) {
  const { t } = useTranslation();
  const links = useLinks(pool.id);
  const [making, setMaking] = useState(false);
  const [asked, setAsked] = useState<LinkView>();
  const revoke = useMutation({ mutationFn: (link: LinkView) => apps.revokeLink(pool.id, link.id), onSuccess: () => setAsked(undefined), onSettled: refreshApps });
  const close = (): void => {
    revoke.reset();
    setAsked(undefined);
  };
  return (
    <section className="section" aria-labelledby="links">
      <div className="page-head">
        <h2 className="section-name" id="links">{t('console.links.title')}</h2>
        {rights.operate && <Button size="sm" variant="light" onClick={() => setMaking(true)} data-testid="link-new">{t('console.links.new')}</Button>}
      </div>
      <Text size="sm" className="soft word-keep">{t('console.links.help')}</Text>
      <Refusal error={links.error} retry={() => void links.refetch()} />
      {links.data?.length === 0 && <Text size="sm" mt="sm">{t('console.links.none')}</Text>}
      {links.data && links.data.length > 0 && (
        <ul className="box plain">{links.data.map((link) => <LinkRow key={link.id} link={link} pool={pool} {...(rights.operate ? { onRevoke: () => setAsked(link) } : {})} />)}</ul>
      )}
      {making && <NewLink pool={pool} onClose={() => setMaking(false)} />}
      <Confirm
        opened={asked !== undefined} title={t('console.links.revokeTitle', { name: asked?.name ?? '' })} text={t('console.links.revokeText')} confirm={t('console.links.revoke')} danger pending={revoke.isPending} testId="confirm-revoke"
        onClose={close} onConfirm={() => asked && revoke.mutate(asked)}
      >
        <Refusal error={revoke.error} />
      </Confirm>
    </section>
  );
}

function LinkRow({ link, pool, onRevoke }: { readonly link: LinkView; readonly pool: Published; readonly onRevoke?: () => void }) {
  const { t, i18n } = useTranslation();
  const state = linkState(link);
  const labels = new Map(pool.settings.app.parameters.map(({ name, label }) => [name, label]));
  const facts = [
    t('console.links.until', { time: timeText(link.expires, i18n.language) }),
    link.maxUses === null ? t('console.links.uses', { count: link.uses }) : t('console.links.usesOf', { uses: link.uses, most: link.maxUses }),
    link.minutes !== null && t('console.links.minutesEach', { count: link.minutes }),
    link.clipboard && t('console.links.clipboard'),
    link.files && t('console.links.files'),
    ...Object.entries(link.arguments).map(([name, value]) => `${labels.get(name) ?? name}: ${value}`),
  ].filter((fact) => fact !== false);
  return (
    <li className="line" data-testid="link" data-state={state}>
      <div className="job-words">
        <Text size="sm" className="word-keep"><b>{link.name}</b>{state !== 'good' && <span className="tag">{t(`console.links.state.${state}`)}</span>}</Text>
        <Text size="sm" className="soft word-keep">{facts.join(' · ')}</Text>
        <Text size="xs" className="soft">{t('console.links.by', { name: link.createdBy, time: timeText(link.created, i18n.language) })}</Text>
      </div>
      {onRevoke && state !== 'revoked' && <Button size="xs" variant="default" onClick={onRevoke} aria-label={t('console.links.revokeName', { name: link.name })} data-testid="link-revoke">{t('console.links.revoke')}</Button>}
    </li>
  );
}

import './i18n';
import { Button, Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearch } from 'wouter';
import { links } from '../api/links';
import { AppMessage } from './AppMessage';
import { argumentsOf } from './arguments';
import { Frame } from './frame';
import { LinkRefused } from './LinkRefused';
import { LinkSession } from './LinkSession';
import { refusalOf } from './refusal';

interface LinkPageProps {
  readonly slug: string;
  readonly secret: string;
}

/** /app/{slug}#{secret}: an application for whoever has a link to it, also inside a page that embeds it. Nobody signs in. */
export default function LinkPage({ slug, secret }: LinkPageProps) {
  const { t } = useTranslation();
  const search = useSearch();
  const [frame] = useState(() => new Frame(window));
  /** Its name, once the person has closed it. */
  const [closed, setClosed] = useState<string>();
  const open = useMutation({
    mutationFn: () => links.open(slug, secret, argumentsOf(search)),
    onError: (error) => frame.say({ type: 'ended', reason: refusalOf(error) }),
  });
  const { mutate } = open;
  useEffect(() => () => frame.dispose(), [frame]);
  useEffect(() => {
    frame.say({ type: 'state', state: 'opening' });
    mutate();
  }, [frame, mutate]);
  const name = open.data?.session.app?.name ?? open.data?.session.poolName;
  useDocumentTitle(name ?? t('app.name'));
  const reopen = (): void => {
    setClosed(undefined);
    mutate();
  };
  if (closed !== undefined) {
    return (
      <AppMessage title={t('application.link.ended.title', { name: closed })} text={t('application.link.ended.text')} testId="link-closed">
        <Button mt="md" variant="default" onClick={reopen} data-testid="app-again">{t('application.closed.open')}</Button>
      </AppMessage>
    );
  }
  if (open.isError) return <LinkRefused code={refusalOf(open.error)} onAgain={reopen} />;
  if (open.data) return <LinkSession key={open.data.token} opened={open.data} began={open.submittedAt} frame={frame} onReopen={reopen} onClosed={setClosed} />;
  return <div className="desk"><div className="desk-note" data-place="centre" role="status"><Loader size="sm" color="gray" />{t('application.openingUnnamed')}</div></div>;
}

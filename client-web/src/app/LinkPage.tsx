import './i18n';
import { Button, Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
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
  /** The person, or the page around this one, has closed it. */
  const [closed, setClosed] = useState(false);
  const gone = useRef(false);
  const open = useMutation({
    mutationFn: () => links.open(slug, secret, argumentsOf(search)),
    onSuccess: ({ token }) => {
      // It was closed before it was there.
      if (gone.current) void end(token);
    },
    onError: (error) => frame.say({ type: 'ended', reason: refusalOf(error) }),
  });
  const { mutate } = open;
  const token = open.data?.token;
  const close = useCallback((): void => {
    gone.current = true;
    setClosed(true);
    // The page around it takes the frame away as soon as it hears of it, and with it what is not sent yet.
    void (token === undefined ? Promise.resolve() : end(token)).then(() => frame.say({ type: 'ended', reason: 'closed' }));
  }, [frame, token]);
  useEffect(() => {
    const listening = frame.closed.on(close);
    return () => listening.dispose();
  }, [frame, close]);
  useEffect(() => () => frame.dispose(), [frame]);
  useEffect(() => {
    frame.say({ type: 'state', state: 'opening' });
    mutate();
  }, [frame, mutate]);
  const name = open.data?.session.app?.name ?? open.data?.session.poolName;
  useDocumentTitle(name ?? t('app.name'));
  const reopen = (): void => {
    gone.current = false;
    setClosed(false);
    mutate();
  };
  if (closed) {
    return (
      <AppMessage title={t('application.link.ended.title', { name: name ?? t('application.unnamed') })} text={t('application.link.ended.text')} testId="link-closed">
        <Button mt="md" variant="default" onClick={reopen} data-testid="app-again">{t('application.closed.open')}</Button>
      </AppMessage>
    );
  }
  if (open.isError) return <LinkRefused code={refusalOf(open.error)} onAgain={reopen} />;
  if (open.data) return <LinkSession key={open.data.token} opened={open.data} began={open.submittedAt} frame={frame} onReopen={reopen} onClose={close} />;
  return <div className="desk"><div className="desk-note" data-place="centre" role="status"><Loader size="sm" color="gray" />{t('application.openingUnnamed')}</div></div>;
}

/** Where nobody answers, the server ends it by itself later. */
function end(token: string): Promise<void> {
  return links.end(token).catch((error: unknown) => console.warn('The application could not be ended:', error));
}

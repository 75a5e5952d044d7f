import './i18n';
import { Button, Group, Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearch } from 'wouter';
import { api, ApiError } from '../api/client';
import type { Desktop } from '../api/types';
import { isOpenable } from '../api/types';
import { SessionPage } from '../desktop/DesktopPage';
import { HomeInUse } from '../portal/dialogs';
import { ErrorNote } from '../portal/ErrorNote';
import { homeHolder } from '../portal/homeHolder';
import { queryClient } from '../portal/queries';
import { AppMessage } from './AppMessage';
import { argumentsOf } from './arguments';
import { useInstallable } from './useInstallable';

/** /app/{slug}: opens an application, or goes on in it, with arguments from the address's query. */
export default function AppPage({ slug }: { readonly slug: string }) {
  const { t } = useTranslation();
  const search = useSearch();
  const desktops = useQuery({ queryKey: ['desktops'], queryFn: api.desktops });
  /** As it was when it was opened: what becomes of it later shows in its session. */
  const [app, setApp] = useState<Desktop>();
  const found = desktops.data?.find(({ id, app: published }) => id === slug && published);
  if (app === undefined && found) setApp(found);
  if (app) return <Opened key={search} app={app} search={search} />;
  if (desktops.isError) return <AppMessage title={t('application.notOpened', { name: t('application.unnamed') })} testId="app-refused"><ErrorNote error={desktops.error} retry={() => void desktops.refetch()} /></AppMessage>;
  if (desktops.isPending) return <Opening text={t('application.openingUnnamed')} />;
  return <AppMessage title={t('application.unknown.title')} text={t('application.unknown.text')} testId="app-unknown"><BackButton /></AppMessage>;
}

/** How it shall be opened: although one's files are elsewhere, or without what the address says. */
interface Wish {
  readonly withoutHome?: boolean;
  readonly plain?: boolean;
}

function Opened({ app: { id, name, app }, search }: { readonly app: Desktop; readonly search: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  /** When it was asked for, in performance.now() milliseconds. */
  const [asked, setAsked] = useState(() => performance.now());
  const given = argumentsOf(search, app?.parameters.map((parameter) => parameter.name) ?? []);
  useDocumentTitle(name);
  useInstallable(id, app?.icon);
  const launch = useMutation({
    mutationFn: ({ withoutHome = false, plain = false }: Wish) => api.launch(id, { ...(withoutHome ? { withoutHome } : {}), ...(plain || Object.keys(given).length === 0 ? {} : { arguments: given }) }),
    onSuccess: (view) => queryClient.setQueryData(['session', view.id], view),
  });
  const { mutate } = launch;
  useEffect(() => mutate({}), [mutate]);
  const reopen = (wish: Wish = {}): void => {
    setAsked(performance.now());
    mutate(wish);
  };
  if (launch.data) return <SessionPage key={`${launch.data.id} ${asked}`} id={launch.data.id} opened={asked} ready={isOpenable(launch.data.state)} onReopen={() => reopen()} />;
  if (launch.error instanceof ApiError && launch.error.code === 'bad-arguments') {
    const wrong = launch.error.errors.flatMap(({ field }) => app?.parameters.filter((parameter) => field === `arguments.${parameter.name}`) ?? []);
    return (
      <AppMessage title={t('application.notOpened', { name })} text={t('error.bad-arguments')} testId="app-refused" code="bad-arguments">
        {wrong.length > 0 && <dl className="app-facts">{wrong.map((parameter) => <div key={parameter.name}><dt>{parameter.label}</dt><dd>{given[parameter.name]}</dd></div>)}</dl>}
        <Group mt="md" gap="sm" justify="center"><Button onClick={() => reopen({ plain: true })} data-testid="app-plain">{t('application.plain')}</Button><BackButton /></Group>
      </AppMessage>
    );
  }
  if (launch.isError && homeHolder(launch.error) === undefined) {
    return (
      <AppMessage title={t('application.notOpened', { name })} testId="app-refused">
        <ErrorNote error={launch.error} />
        <Group mt="md" gap="sm" justify="center"><Button onClick={() => reopen()} data-testid="app-again">{t('application.again')}</Button><BackButton /></Group>
      </AppMessage>
    );
  }
  return (
    <>
      <Opening text={t('application.opening', { name })} />
      <HomeInUse error={launch.error} onClose={() => navigate('/')} onWithout={() => mutate({ withoutHome: true })} />
    </>
  );
}

function Opening({ text }: { readonly text: string }) {
  return <div className="desk"><div className="desk-note" data-place="centre" role="status"><Loader size="sm" color="gray" />{text}</div></div>;
}

function BackButton() {
  const { t } = useTranslation();
  return <Button component={Link} href="/" variant="default" data-testid="session-back">{t('application.back')}</Button>;
}

import { Center, Loader, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Route, Switch } from 'wouter';
import { useSecret } from './app/useSecret';
import { ErrorBoundary } from './portal/ErrorBoundary';
import { ErrorNote } from './portal/ErrorNote';
import { NotFound } from './portal/NotFound';
import { queryClient, useMe } from './portal/queries';
import { SignInPage } from './portal/SignInPage';
import { StartPage } from './portal/StartPage';
import { styleNonce, theme } from './theme';

const PasswordPage = lazy(async () => ({ default: (await import('./portal/PasswordPage')).PasswordPage }));
const DesktopPage = lazy(() => import('./desktop/DesktopPage'));
const AppPage = lazy(() => import('./app/AppPage'));
const LinkPage = lazy(() => import('./app/LinkPage'));
const ConsolePage = lazy(() => import('./console/ConsolePage'));
const EditPage = lazy(() => import('./console/edit/EditPage'));
const ReplayPage = lazy(() => import('./desktop/ReplayPage'));

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <QueryClientProvider client={queryClient}>
        <ErrorBoundary>
          <Switch>
            <Route path="/app/:slug">{({ slug }) => <Application slug={slug} />}</Route>
            <Route path="/replay"><Opening><ReplayPage /></Opening></Route>
            <Route><Pages /></Route>
          </Switch>
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** An application: for whoever has a link, and for people who sign in. */
function Application({ slug }: { readonly slug: string }) {
  const secret = useSecret();
  if (secret === undefined) return <Pages />;
  return <Opening><LinkPage key={`${slug} ${secret}`} slug={slug} secret={secret} /></Opening>;
}

/** What stands there while the part of the client that shows screens is loaded. */
function Opening({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  return <Suspense fallback={<div className="desk" role="status" aria-label={t('app.loading')} />}>{children}</Suspense>;
}

function Loading() {
  const { t } = useTranslation();
  return <Center mih="100dvh" role="status" aria-label={t('app.loading')}><Loader type="dots" /></Center>;
}

function Pages() {
  const me = useMe();
  if (me.isPending) return <Loading />;
  if (me.isError) return <Center mih="100dvh" p="lg"><ErrorNote error={me.error} retry={() => void me.refetch()} /></Center>;
  if (me.data === null) return <SignInPage />;
  if (me.data.mustChangePassword) return <Suspense fallback={<Loading />}><PasswordPage me={me.data} /></Suspense>;
  const person = me.data;
  return (
    <Switch>
      <Route path="/"><StartPage me={person} /></Route>
      <Route path="/password"><Suspense fallback={<Loading />}><PasswordPage me={person} /></Suspense></Route>
      <Route path="/desktop/:id">
        {({ id }) => <Opening><DesktopPage key={id} id={id} /></Opening>}
      </Route>
      <Route path="/app/:slug">
        {({ slug }) => <Opening><AppPage key={slug} slug={slug} /></Opening>}
      </Route>
      <Route path="/console/edit/:id">
        {({ id }) => <Opening><EditPage key={id} id={id} me={person} /></Opening>}
      </Route>
      <Route path="/console/*?">
        <Suspense fallback={<Loading />}><ConsolePage me={person} /></Suspense>
      </Route>
      <Route><NotFound /></Route>
    </Switch>
  );
}

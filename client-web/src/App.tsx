import { Button, Center, Loader, MantineProvider, Stack, Text, Title } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Route, Switch } from 'wouter';
import { ErrorBoundary } from './portal/ErrorBoundary';
import { ErrorNote } from './portal/ErrorNote';
import { PasswordPage } from './portal/PasswordPage';
import { queryClient, useMe } from './portal/queries';
import { SignInPage } from './portal/SignInPage';
import { StartPage } from './portal/StartPage';
import { styleNonce, theme } from './theme';

const DesktopPage = lazy(() => import('./desktop/DesktopPage'));

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <QueryClientProvider client={queryClient}>
        <ErrorBoundary><Pages /></ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Pages() {
  const { t } = useTranslation();
  const me = useMe();
  if (me.isPending) return <Center mih="100dvh" role="status" aria-label={t('app.loading')}><Loader type="dots" /></Center>;
  if (me.isError) return <Center mih="100dvh" p="lg"><ErrorNote error={me.error} retry={() => void me.refetch()} /></Center>;
  if (me.data === null) return <SignInPage />;
  if (me.data.mustChangePassword) return <PasswordPage me={me.data} />;
  const person = me.data;
  return (
    <Switch>
      <Route path="/"><StartPage me={person} /></Route>
      <Route path="/password"><PasswordPage me={person} /></Route>
      <Route path="/desktop/:id">
        {({ id }) => <Suspense fallback={<div className="desk" role="status" aria-label={t('app.loading')} />}><DesktopPage key={id} id={id} /></Suspense>}
      </Route>
      <Route><NotFound /></Route>
    </Switch>
  );
}

function NotFound() {
  const { t } = useTranslation();
  return (
    <Center mih="100dvh" p="lg">
      <Stack align="center" gap="xs">
        <Title order={1} size="h2">{t('notFound.title')}</Title>
        <Text className="soft">{t('notFound.text')}</Text>
        <Button component={Link} href="/" mt="md">{t('session.back')}</Button>
      </Stack>
    </Center>
  );
}

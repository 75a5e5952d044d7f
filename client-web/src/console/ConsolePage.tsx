import './console.css';
import './i18n';
import { Button, Center, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { rightsOf } from '../api/rights';
import type { Me } from '../api/types';
import { LeaveIcon } from '../portal/icons';
import { Logo } from '../portal/Logo';
import { NotFound } from '../portal/NotFound';
import { Tools } from '../portal/Tools';
import { ImagePage } from './images/ImagePage';
import { ImagesPage } from './images/ImagesPage';
import { ImportPage } from './images/ImportPage';
import { NewImagePage } from './images/NewImagePage';

const AppsPages = lazy(() => import('./apps/AppsPages'));

/** /console: what is administered, below one bar. */
export default function ConsolePage({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const rights = rightsOf(me);
  const [location] = useLocation();
  const apps = location.startsWith('/console/apps');
  if (!rights.read) return <Center mih="100dvh" p="lg"><div>{t('console.notAllowed')} <Link href="/">{t('console.back')}</Link></div></Center>;
  return (
    <>
      <header className="bar">
        <div className="bar-in">
          <div className="console-bar">
            <Link href="/" className="bar-link" aria-label={t('console.back')}><Logo size={30} /></Link>
            <nav aria-label={t('console.nav')} className="console-tabs">
              <Tab href="/console/images" on={!apps}>{t('console.images')}</Tab>
              <Tab href="/console/apps" on={apps}>{t('console.apps.title')}</Tab>
            </nav>
          </div>
          <div className="bar-tools">
            <Button component={Link} href="/" variant="subtle" color="gray" size="compact-md" px={8} leftSection={<LeaveIcon size={18} />} className="console-leave">{t('console.back')}</Button>
            <Tools />
          </div>
        </div>
      </header>
      <main className="page">
        <Switch>
          <Route path="/console"><Redirect to="/console/images" replace /></Route>
          <Route path="/console/images"><ImagesPage rights={rights} /></Route>
          <Route path="/console/images/:name">{({ name }) => <ImagePage key={name} name={decodeURIComponent(name)} rights={rights} />}</Route>
          <Route path="/console/apps/*?"><Suspense fallback={<Center p="xl" role="status" aria-label={t('app.loading')}><Loader type="dots" /></Center>}><AppsPages rights={rights} /></Suspense></Route>
          {rights.administer && <Route path="/console/import"><ImportPage rights={rights} /></Route>}
          {rights.administer && <Route path="/console/install"><NewImagePage /></Route>}
          <Route><NotFound /></Route>
        </Switch>
      </main>
    </>
  );
}

function Tab({ href, on, children }: { readonly href: string; readonly on: boolean; readonly children: string }) {
  return <Link href={href} className={on ? 'console-tab console-tab-on' : 'console-tab'} {...(on ? { 'aria-current': true } : {})}>{children}</Link>;
}

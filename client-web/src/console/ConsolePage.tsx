import './console.css';
import './i18n';
import { Button, Center } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch } from 'wouter';
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

/** /console: what is administered, below one bar. */
export default function ConsolePage({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const rights = rightsOf(me);
  if (!rights.read) return <Center mih="100dvh" p="lg"><div>{t('console.notAllowed')} <Link href="/">{t('console.back')}</Link></div></Center>;
  return (
    <>
      <header className="bar">
        <div className="bar-in">
          <div className="console-bar">
            <Link href="/" className="bar-link" aria-label={t('console.back')}><Logo size={30} /></Link>
            <nav aria-label={t('console.nav')}><Link href="/console/images" className="console-tab console-tab-on">{t('console.images')}</Link></nav>
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
          {rights.administer && <Route path="/console/import"><ImportPage rights={rights} /></Route>}
          {rights.administer && <Route path="/console/install"><NewImagePage /></Route>}
          <Route><NotFound /></Route>
        </Switch>
      </main>
    </>
  );
}

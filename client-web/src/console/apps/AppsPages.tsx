import { Route, Switch } from 'wouter';
import type { Rights } from '../../api/rights';
import { NotFound } from '../../portal/NotFound';
import { AppsPage } from './AppsPage';
import { PoolPage } from './PoolPage';
import { PublishPage } from './PublishPage';

/** /console/apps and all below it: published applications. */
export default function AppsPages({ rights }: { readonly rights: Rights }) {
  return (
    <Switch>
      <Route path="/console/apps"><AppsPage rights={rights} /></Route>
      {rights.administer && <Route path="/console/apps/publish"><PublishPage /></Route>}
      <Route path="/console/apps/of/:id">{({ id }) => <PoolPage key={id} id={id} rights={rights} />}</Route>
      <Route><NotFound /></Route>
    </Switch>
  );
}

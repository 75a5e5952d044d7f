import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ApiError } from '../api/client';
import type { Replay, Ticket } from '../api/types';
import { ErrorNote } from '../portal/ErrorNote';
import { NotFound } from '../portal/NotFound';
import type { DesktopAccess } from './controller';
import { Desk } from './Desk';
import { ReplayEnd } from './ReplayEnd';

/** /replay#ticket, where `vdi trace replay --listen` serves it: a recorded screen as a browser gets it. */
export default function ReplayPage() {
  const { t } = useTranslation();
  const [ticket] = useState(takeTicket);
  const replay = useQuery({ queryKey: ['replay'], queryFn: api.replay, retry: false, staleTime: Infinity });
  if (replay.isError) {
    return replay.error instanceof ApiError && replay.error.status === 404 ? <NotFound /> : <ErrorNote error={replay.error} retry={() => void replay.refetch()} />;
  }
  if (!replay.data) return <div className="desk" role="status" aria-label={t('app.loading')} />;
  return <Recording replay={replay.data} ticket={ticket} />;
}

function Recording({ replay, ticket }: { readonly replay: Replay; readonly ticket: string }) {
  const [access] = useState(() => once(ticket, replay.hub));
  return <Desk access={access} name={replay.name} opened={0} watching over={() => <ReplayEnd />} />;
}

/** The ticket from the address, which forgets it: it is good once, and nobody shall find it in the history. */
function takeTicket(): string {
  const ticket = window.location.hash.slice(1);
  window.history.replaceState(null, '', window.location.pathname);
  return ticket;
}

/** A ticket that is taken once; afterwards there is nothing to come back to but with what the host gave. */
export function once(ticket: string, hub: string): DesktopAccess {
  const gone = (): Promise<never> => Promise.reject(new ApiError(404, { code: 'unknown-session' }));
  let taken = ticket === '';
  return {
    ticket: () => {
      if (taken) return gone();
      taken = true;
      return Promise.resolve<Ticket>({ ticket, hub, expiresAt: '' });
    },
    view: gone,
  };
}

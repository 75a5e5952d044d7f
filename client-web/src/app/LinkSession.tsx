import { useQuery } from '@tanstack/react-query';
import i18next from 'i18next';
import { useEffect, useId, useState } from 'react';
import { ApiError } from '../api/client';
import { links } from '../api/links';
import type { OpenedLink } from '../api/links';
import { isLaunching, isOpenable } from '../api/types';
import type { DesktopAccess } from '../desktop/controller';
import { Desk } from '../desktop/Desk';
import type { Ended } from '../desktop/Desk';
import { ConfirmEnd } from '../portal/dialogs';
import { LaunchProgress } from '../portal/LaunchProgress';
import { personSettings } from '../session/person';
import { AppOver } from './AppOver';
import type { Frame } from './frame';

interface LinkSessionProps {
  readonly opened: OpenedLink;
  /** When it was asked for, as Date.now() says it. */
  readonly began: number;
  readonly frame: Frame;
  readonly onReopen: () => void;
  /** The person wants it to end. */
  readonly onClose: () => void;
}

/** How often a session that waits for its machine is looked at. */
const waitMs = 700;

/** What a link opened, from its waiting for a machine to its end. */
export function LinkSession({ opened: { token, session }, began, frame, onReopen, onClose }: LinkSessionProps) {
  const [access] = useState<DesktopAccess>(() => ({ ticket: async () => links.ticket(token, await personSettings(i18next.language), 1), view: () => links.session(token) }));
  const [clicked] = useState(() => performance.now() - (Date.now() - began));
  const [asking, setAsking] = useState(false);
  const key = useId();
  const followed = useQuery({
    queryKey: ['link', key], queryFn: () => links.session(token), initialData: session, enabled: isLaunching(session.state), staleTime: Infinity, gcTime: 0,
    refetchInterval: ({ state }) => (state.data && isLaunching(state.data.state) ? waitMs : false),
  });
  const view = followed.data;
  const { name, icon } = session.app ?? { name: session.poolName, icon: null };
  const waiting = isLaunching(view.state);
  useEffect(() => {
    if (waiting) frame.say({ type: 'state', state: 'waiting' });
  }, [frame, waiting]);
  const over = (ended: Pick<Ended, 'reason' | 'detail' | 'cause'>, again: () => void) => (
    <AppOver name={name} ended={ended} view={access.view} onAgain={again} onReopen={onReopen} onKnown={(reason) => frame.say({ type: 'ended', reason })} />
  );
  if (followed.error instanceof ApiError && followed.error.status >= 400 && followed.error.status < 500) return <div className="desk">{over({ reason: followed.error.status === 401 ? 'signed-out' : 'ended', detail: '' }, onReopen)}</div>;
  if (waiting) return <div className="desk"><div className="desk-panel"><div className="desk-panel-in"><LaunchProgress session={view} /></div></div></div>;
  if (!isOpenable(view.state)) return <div className="desk">{over({ reason: 'ended', detail: '', ...(view.reason ? { cause: view.reason } : {}) }, onReopen)}</div>;
  return (
    <>
      <Desk
        access={access} name={name} app={{ name, icon }} opened={clicked} over={over} onEnd={() => setAsking(true)} onOver={() => setAsking(false)}
        onState={({ kind }) => frame.say({ type: 'state', state: kind === 'connecting' ? 'opening' : kind })} onTitle={(title) => frame.say({ type: 'title', title })}
      />
      <ConfirmEnd name={name} app opened={asking} onClose={() => setAsking(false)} onConfirm={onClose} />
    </>
  );
}

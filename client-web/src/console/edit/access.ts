import { images } from '../../api/images';
import type { EditView } from '../../api/images';
import type { SessionView } from '../../api/types';
import type { DesktopAccess } from '../../desktop/controller';

/** How far an editing machine is, in the words that a desktop's connection knows: it waits while the machine does, and ends with the edit. */
export function phaseOf({ closed, state }: Pick<EditView, 'closed' | 'state'>): Pick<SessionView, 'state' | 'reason'> {
  if (closed !== null) return { state: 'ended', reason: null };
  switch (state) {
    case 'ready': return { state: 'disconnected', reason: null };
    case 'failed': case 'stopped': case 'recycling': return { state: 'ended', reason: null };
    default: return { state: 'preparing', reason: null };
  }
}

/** The way to the screen of an editing machine. */
export function editAccess(id: string): DesktopAccess {
  return { ticket: () => images.ticket(id), view: async () => phaseOf(await images.edit(id)) };
}

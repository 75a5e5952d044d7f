import type { Keys } from './keys';
import { plan } from './layouts';
import type { LayoutName } from './layouts';

/** From one character to the next: guests drop keys that come all at once. */
const paceMs = 12;

export interface Typed {
  /** What no key of the layout gives. */
  readonly left: string;
  /** Whether all the rest was typed. */
  readonly whole: boolean;
}

/** Types a text on the desktop's keyboard, at a pace that it can follow; `progress` from 0 to 1. */
export async function typeText(keys: Pick<Keys, 'chord'>, text: string, layout: LayoutName, progress: (part: number) => void, stop: AbortSignal): Promise<Typed> {
  const { steps, left } = plan(text, layout);
  for (const [i, strokes] of steps.entries()) {
    if (stop.aborted) return { left, whole: false };
    for (const { code, shift, altGraph } of strokes) keys.chord(...(altGraph ? ['AltRight'] : []), ...(shift ? ['ShiftLeft'] : []), code);
    progress((i + 1) / steps.length);
    await new Promise((resolve) => setTimeout(resolve, paceMs));
  }
  return { left, whole: true };
}

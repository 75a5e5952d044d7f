import { useEffect, useState } from 'react';
import type { Reason } from '../api/types';
import type { SessionOptions } from '../session/session';

/** The server knows why a session ended a moment after the host said that it did: it is asked so often, and so quickly. */
const tries = 12;
const pauseMs = 400;

export interface Cause {
  /** Nothing more will be known. */
  readonly settled: boolean;
  readonly reason: Reason | undefined;
}

/** Why a session ended, where that is `wanted`. */
export function useCause(view: SessionOptions['view'], wanted: boolean): Cause {
  const [cause, setCause] = useState<Cause>({ settled: !wanted, reason: undefined });
  useEffect(() => {
    if (!wanted) return;
    let left = false;
    const ask = async (): Promise<Reason | undefined> => {
      for (let attempt = 0; attempt < tries && !left; attempt++) {
        const { state, reason } = await view();
        if (state === 'ended') return reason ?? undefined;
        await new Promise((resolve) => { setTimeout(resolve, pauseMs); });
      }
      return undefined;
    };
    void ask().catch(() => undefined).then((reason) => {
      if (!left) setCause({ settled: true, reason });
    });
    return () => {
      left = true;
    };
  }, [view, wanted]);
  return cause;
}

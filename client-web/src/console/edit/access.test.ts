import { expect, it } from 'vitest';
import { phaseOf } from './access';

it.each([
  ['ready', null, 'disconnected'], ['booting', null, 'preparing'], ['requested', null, 'preparing'], ['stopped', null, 'ended'], ['failed', null, 'ended'], ['ready', '2026-01-01T00:00:00Z', 'ended'],
] as const)('%s, closed %s, is %s', (state, closed, phase) => expect(phaseOf({ state, closed }).state).toBe(phase));

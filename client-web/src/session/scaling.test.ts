import { afterEach, expect, it, vi } from 'vitest';
import { chosenScaling, keepScaling } from './scaling';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('keeps what was chosen, and is smooth where that makes no sense or nothing can be kept', () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
  expect(chosenScaling()).toBe('smooth');
  keepScaling('whole');
  expect(chosenScaling()).toBe('whole');
  kept.set('vdi:scaling', 'huge');
  expect(chosenScaling()).toBe('smooth');
  vi.stubGlobal('localStorage', undefined);
  keepScaling('whole');
  expect(chosenScaling()).toBe('smooth');
});

import { expect, test, vi } from 'vitest';
import { rules } from './trusted';

vi.mock('./display/decoder.worker?worker&url', () => ({ default: '/assets/decoder.worker-1.js' }));

test('style sheets pass and tags do not', () => {
  expect(rules.createHTML(':root { --tide: #fff }')).toBe(':root { --tide: #fff }');
  expect(rules.createHTML('<img src=x onerror=alert(1)>')).toBeNull();
});

test('the only script is the decoder', () => {
  expect(rules.createScriptURL('/assets/decoder.worker-1.js')).toBe('/assets/decoder.worker-1.js');
  for (const url of ['/assets/decoder.worker-2.js', 'https://evil.example/assets/decoder.worker-1.js', 'data:text/javascript,1', 'blob:x']) expect(rules.createScriptURL(url)).toBeNull();
});

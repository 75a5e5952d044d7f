import { expect, it } from 'vitest';
import { secretOf } from './secret';

it.each([
  ['', undefined], ['#', undefined], ['#%20', undefined],
  ['#abc_-123', 'abc_-123'],
  // As mail programs hand it on.
  ['#abc.def%20', 'abc.def'], ['#a%2Fb', 'a/b'],
  ['#100%', '100%'],
])('%j has %j', (hash, secret) => expect(secretOf(hash)).toBe(secret));

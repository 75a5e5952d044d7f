import { expect, it } from 'vitest';
import { rightsOf } from './rights';

it.each([
  ['administrator', true, true, true], ['operator', true, true, false], ['helper', true, false, false], ['auditor', true, false, false], ['user', false, false, false],
])('%s', (role, read, operate, administer) => expect(rightsOf({ roles: ['user', role] })).toEqual({ read, operate, administer }));

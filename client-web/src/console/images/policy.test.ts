import { expect, it } from 'vitest';
import { documentOf, fieldsOf } from './policy';

it('of nothing is a form that says nothing, with hours that make sense once they are wanted', () => {
  const fields = fieldsOf({}, 'Asia/Seoul');
  expect(fields).toEqual({ keep: '', script: '', updates: false, days: ['saturday'], from: '22:00', to: '04:00', zone: 'Asia/Seoul' });
  expect(documentOf(fields)).toEqual({ keep: null, checkScript: null, update: null });
  expect(documentOf({ ...fields, updates: true })).toMatchObject({ update: { hours: { days: ['saturday'], from: '22:00', to: '04:00' }, timeZone: 'Asia/Seoul' } });
});

it('comes back as it was', () => {
  const policy = { keep: 0, checkScript: 'true\n', update: { hours: { days: ['monday', 'friday'], from: '01:30', to: '05:00' }, timeZone: 'UTC' } } as const;
  expect(documentOf(fieldsOf(policy, 'Asia/Seoul'))).toEqual(policy);
  expect(fieldsOf({ ...policy, update: { ...policy.update, hours: { ...policy.update.hours, from: '01:30:00' } } }, 'UTC').from).toBe('01:30');
});

import { expect, it } from 'vitest';
import { argumentsOf } from './arguments';

it('takes only what the application has parameters for', () => {
  expect(argumentsOf('?host=web1&utm_source=mail&user=', ['host', 'user', 'port'])).toEqual({ host: 'web1', user: '' });
  expect(argumentsOf('host=web1', [])).toEqual({});
  expect(argumentsOf('', ['host'])).toEqual({});
});

it('reads what is written in percents, and the last of what is said twice', () => expect(argumentsOf('name=%ED%95%9C+a%26b&name=c%20d', ['name'])).toEqual({ name: 'c d' }));

it('takes all where nobody knows the parameters', () => expect(argumentsOf('?a=1&b=2&=3')).toEqual({ a: '1', b: '2' }));

it('makes no mischief of names that objects have', () => {
  const given = argumentsOf('?__proto__=x&constructor=y', ['__proto__', 'constructor']);
  expect(Object.keys(given).sort()).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

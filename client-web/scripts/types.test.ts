import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { typesOf } from './types';
import type { Description } from './types';

const description = JSON.parse(readFileSync(join(import.meta.dirname, '../../tests/golden/api/openapi.json'), 'utf8')) as Description;
const file = join(import.meta.dirname, '../src/api/schema.ts');

it('has the types that the API describes', () => {
  if (process.env['UPDATE_TYPES'] === '1') writeFileSync(file, typesOf(description));
  expect(readFileSync(file, 'utf8')).toBe(typesOf(description));
});

it('says what may be missing, null, one of some words, a list or a map', () => {
  const text = typesOf({
    components: {
      schemas: {
        Thing: {
          type: 'object',
          required: ['name', 'size'],
          properties: {
            name: { type: 'string' }, size: { type: ['null', 'integer', 'string'] }, kind: { $ref: '#/components/schemas/Kind' }, tags: { type: ['null', 'array'], items: { type: 'string' } },
            counts: { type: 'object', additionalProperties: { type: 'integer' } }, other: { oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Thing' }] },
          },
        },
        Kind: { enum: ['round', 'square'] },
      },
    },
  });
  expect(text).toContain("export type Kind = 'round' | 'square';");
  expect(text).toContain(`export interface Thing {
  readonly name: string;
  readonly size: null | number;
  readonly kind?: Kind;
  readonly tags?: null | readonly string[];
  readonly counts?: Readonly<Record<string, number>>;
  readonly other?: null | Thing;
}`);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { en } from '../i18n/en';
import { stepKey } from './words';

it('knows what hosts say, and leaves what guests say alone', () => {
  expect(stepKey('converts the disk')).toBe('console.step.convert');
  expect(stepKey('toString')).toBeUndefined();
  expect(stepKey('Segmentation fault')).toBeUndefined();
});

it('has a use for every step that is translated', () => {
  const source = readFileSync(join(import.meta.dirname, 'words.ts'), 'utf8');
  for (const key of Object.keys(en.console.step)) expect(source).toContain(`'${key}'`);
});

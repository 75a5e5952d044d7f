import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { refusedText } from './refused';

const t = ((key: string, values: object = {}) => `${key} ${JSON.stringify(values)}`) as unknown as TFunction;
const exists = (key: string): boolean => key.replace('files.refused.', '') in en.files.refused;
const text = (code: string, most?: number): string => refusedText({ code, ...(most === undefined ? {} : { most }) }, t, exists, 'en');

it.each(['bad-name', 'no-right', 'no-agent', 'disk-full', 'machine-fault', 'too-many', 'folder', 'unknown-upload', 'wrong-ticket', 'file-unreadable', 'other-file', 'unreachable'])('has words for %s', (code) => {
  expect(text(code)).toBe(`files.refused.${code} {}`);
});

it('says how much is allowed where the desktop said it', () => {
  expect(text('too-large', 5 << 20)).toBe('files.refused.too-large {"most":"5 MB"}');
  expect(text('too-large')).toBe('files.refused.too-large-unsaid {}');
});

it('has words also for what nobody foresaw', () => expect(text('new-one')).toBe('files.refused.unknown {}'));

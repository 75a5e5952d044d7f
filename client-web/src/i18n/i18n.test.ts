import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { en as appEn } from '../app/i18n/en';
import { ko as appKo } from '../app/i18n/ko';
import { en as consoleEn } from '../console/i18n/en';
import { ko as consoleKo } from '../console/i18n/ko';
import { en } from './en';
import { ko } from './ko';

type Tree = { readonly [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): Map<string, string> {
  return new Map(Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value, `${prefix}${key}.`)])));
}

// The texts of the console and of applications come with their pages, and are added to the others.
const english = new Map([...flat(en), ...flat(consoleEn), ...flat(appEn)]);
const korean = new Map([...flat(ko), ...flat(consoleKo), ...flat(appKo)]);

it.each([['the console', consoleEn], ['applications', appEn]])('%s: nothing that the portal says already', (_, texts) => {
  expect([...flat(texts).keys()].filter((key) => flat(en).has(key))).toEqual([]);
});

it('both languages have the same strings with the same variables', () => {
  const variables = (text: string | undefined) => (text?.match(/{{\w+}}/g) ?? []).sort().join();
  expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) expect(variables(korean.get(key)), key).toBe(variables(text));
});

it('every string that the source asks for exists', () => {
  const root = join(import.meta.dirname, '..');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
  const asked = files.flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/\bt\('([^']+)'/g)].map((match) => match[1] ?? ''));
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter((key) => !english.has(key) && !english.has(`${key}_other`))).toEqual([]);
});

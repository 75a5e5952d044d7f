import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import i18next from 'i18next';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { beforeAll, expect, it } from 'vitest';
import { Router } from 'wouter';
import { en } from '../i18n/en';
import { ko } from '../i18n/ko';
import { DesktopCard } from '../portal/DesktopCard';
import { ErrorNote } from '../portal/ErrorNote';
import { queryClient } from '../portal/queries';
import { ApiError } from './client';
import type { Desktop, Reason } from './types';

// What the server answered in its own tests: tests/Vdi.Broker.Tests/Sessions/ReasonTests.cs and CodeTests.cs.
const golden = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../../../tests/golden/api', name), 'utf8'));
const [desktop] = golden('desktops.json') as [Desktop];
const codes = golden('codes.json') as string[];

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ resources: { en: { translation: en }, ko: { translation: ko } }, lng: 'en', interpolation: { escapeValue: false } });
});

function html(node: React.ReactNode): string {
  return renderToStaticMarkup(<MantineProvider><QueryClientProvider client={queryClient}><Router ssrPath="/">{node}</Router></QueryClientProvider></MantineProvider>);
}

function card(change: Partial<Desktop>): string {
  return html(<DesktopCard desktop={{ ...desktop, ...change }} />);
}

it.each(codes)('%s is said in both languages', (code) => {
  for (const words of [en, ko]) expect((words.error as Record<string, string>)[code]).toMatch(/\S/);
  expect((ko.error as Record<string, string>)[code]).toMatch(/[가-힣]/);
});

it('says what a queued session waits for, in the server\'s words where they can be read', async () => {
  const reason = desktop.session?.reason as Reason;
  expect(reason).toEqual({ code: 'preparing', detail: expect.stringContaining('machine') as string });
  await i18next.changeLanguage('en');
  expect(card({})).toContain(reason.detail);
  expect(card({})).toContain(en.launch.next);
  await i18next.changeLanguage('ko');
  expect(card({})).toContain(ko.error.preparing);
  expect(card({})).not.toContain(reason.detail);
});

it('says why a session ended that never began', async () => {
  await i18next.changeLanguage('ko');
  const session = { ...desktop.session!, state: 'ended', reason: { code: 'no-machine', detail: 'The session ended.' } } as const;
  expect(card({ session })).toContain(`${ko.launch.failed}</p>`);
  expect(card({ session })).toContain(ko.error['no-machine']);
});

it('says why a pool cannot be opened', async () => {
  await i18next.changeLanguage('ko');
  const shown = card({ session: null, state: 'unavailable', reason: { code: 'machines-failing', detail: 'The last 3 machines failed.' } });
  expect(shown).toContain(ko.error['machines-failing']);
  expect(shown).not.toContain('The last 3');
});

it('tells applications by icon and version, and by a letter where there is no icon', async () => {
  await i18next.changeLanguage('en');
  const app = { version: '24.2', category: 'Office', icon: '/api/apps/icons/1', fileTypes: [], parameters: [], shared: false };
  expect(card({ name: 'Writer', app })).toMatch(/src="\/api\/apps\/icons\/1".*24\.2/);
  expect(card({ name: 'Writer', app: { ...app, icon: null, version: null } })).toContain('>W</span>');
  expect(card({ name: 'Writer', app: null })).not.toContain('card-app');
});

it('names the constraint of a refusal rather than its kind', async () => {
  await i18next.changeLanguage('ko');
  expect(html(<ErrorNote error={new ApiError(503, { code: 'no-capacity', reason: 'no-host', detail: 'No host is connected yet.' })} />)).toContain(ko.error['no-host']);
});

it('tells those who hear the page no made-up progress', () => {
  expect(card({})).not.toContain('aria-valuenow');
});

import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { Component } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export type Breakage = 'newer' | 'browser' | 'text';

/** What kind of failure it is: a part of the page that is gone since an upgrade, a browser that lacks what a desktop needs, or ours. */
export function breakage(error: unknown): Breakage {
  const text = error instanceof Error ? error.message : String(error);
  // Chromium, Firefox, Safari.
  if (/dynamically imported module|error loading dynamically|Importing a module script failed/i.test(text)) return 'newer';
  return /OffscreenCanvas|transferControlToOffscreen/.test(text) ? 'browser' : 'text';
}

interface State {
  readonly error?: unknown;
}

/** In the place of a page that broke: what to do, and a button that does it. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = {};

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    return 'error' in this.state ? <Broken kind={breakage(this.state.error)} /> : this.props.children;
  }
}

export function Broken({ kind }: { readonly kind: Breakage }) {
  const { t } = useTranslation();
  return (
    <Center mih="100dvh" p="lg">
      <Stack align="center" gap="xs" maw={420} role="alert" data-testid="broken" data-kind={kind}>
        <Title order={1} size="h2" ta="center">{kind === 'newer' ? t('broken.newerTitle') : t('broken.title')}</Title>
        <Text className="soft word-keep" ta="center">{t(`broken.${kind}`)}</Text>
        <Button mt="md" onClick={() => location.reload()} data-testid="reload">{t('broken.reload')}</Button>
      </Stack>
    </Center>
  );
}

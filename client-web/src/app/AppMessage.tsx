import './i18n';
import { Center, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Logo } from '../portal/Logo';

interface AppMessageProps {
  readonly title: string;
  readonly text?: string;
  /** What one can do. */
  readonly children?: ReactNode;
  readonly testId: string;
  /** Which of several it is. */
  readonly code?: string;
}

/** A calm page in the place of an application that is not shown. */
export function AppMessage({ title, text, children, testId, code }: AppMessageProps) {
  return (
    <Center mih="100dvh" p="lg" component="main">
      <Stack align="center" gap="xs" maw={440} role="alert" data-testid={testId} data-code={code}>
        <Logo size={36} />
        <Title order={1} size="h2" ta="center" mt="lg" className="word-keep">{title}</Title>
        {text !== undefined && <Text className="soft word-keep" ta="center">{text}</Text>}
        {children}
      </Stack>
    </Center>
  );
}

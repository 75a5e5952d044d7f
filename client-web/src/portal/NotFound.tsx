import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Center mih="100dvh" p="lg">
      <Stack align="center" gap="xs">
        <Title order={1} size="h2">{t('notFound.title')}</Title>
        <Text className="soft">{t('notFound.text')}</Text>
        <Button component={Link} href="/" mt="md">{t('session.back')}</Button>
      </Stack>
    </Center>
  );
}

import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { Door } from './Door';
import { ErrorNote } from './ErrorNote';
import { queryClient } from './queries';

export function SignInPage() {
  const { t } = useTranslation();
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const passwordField = useRef<HTMLInputElement>(null);
  useDocumentTitle(`${t('signIn.title')} · ${t('app.name')}`);
  const signIn = useMutation({
    mutationFn: () => api.signIn(userName.trim(), password),
    onSuccess: (me) => queryClient.setQueryData(['me'], me),
    onError: () => passwordField.current?.select(),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  return (
    <Door>
      <Title order={1} size="h2" mb="lg">{t('signIn.title')}</Title>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t('signIn.userName')} size="md" value={userName} onChange={(event) => setUserName(event.currentTarget.value)}
            name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus required withAsterisk={false} data-testid="sign-in-username"
          />
          <PasswordInput
            ref={passwordField} label={t('signIn.password')} size="md" value={password} onChange={(event) => setPassword(event.currentTarget.value)}
            name="password" autoComplete="current-password" required withAsterisk={false} data-testid="sign-in-password"
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.show'), tabIndex: 0 }}
          />
          {signIn.isError && <ErrorNote error={signIn.error} />}
          <Button type="submit" size="md" loading={signIn.isPending} data-testid="sign-in-submit">{t('signIn.submit')}</Button>
          <Text size="sm" className="soft word-keep">{t('signIn.help')}</Text>
        </Stack>
      </form>
    </Door>
  );
}

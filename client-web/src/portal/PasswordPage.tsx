import { Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { api } from '../api/client';
import type { Me } from '../api/types';
import { Door } from './Door';
import { ErrorNote } from './ErrorNote';
import { queryClient, useSignOut } from './queries';

/** Changing the password: forced before anything else, or wished for. */
export function PasswordPage({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const [tried, setTried] = useState(false);
  const forced = me.mustChangePassword;
  const title = forced ? t('password.title') : t('password.titleOwn');
  useDocumentTitle(`${title} · ${t('app.name')}`);
  const signOut = useSignOut();
  const change = useMutation({
    mutationFn: () => api.changePassword(current, next),
    onSuccess: () => {
      const changed: Me = { ...me, mustChangePassword: false };
      queryClient.setQueryData(['me'], changed);
      void queryClient.invalidateQueries({ queryKey: ['me'] });
      if (!forced) navigate('/');
    },
  });
  const same = next !== '' && next === current;
  const differs = next !== repeat;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!same && !differs && !change.isPending) change.mutate();
  };
  const toggle = { 'aria-label': t('signIn.show'), tabIndex: 0 };
  const field = { size: 'md', required: true, withAsterisk: false, visibilityToggleButtonProps: toggle } as const;
  return (
    <Door>
      <Title order={1} size="h2" mb={forced ? 'xs' : 'lg'}>{title}</Title>
      {forced && <Text className="soft word-keep" mb="lg">{t('password.why')}</Text>}
      <form onSubmit={submit}>
        <input type="text" name="username" autoComplete="username" value={me.userName} readOnly hidden />
        <Stack gap="md">
          <PasswordInput {...field} label={t('password.current')} value={current} onChange={(event) => setCurrent(event.currentTarget.value)} autoComplete="current-password" autoFocus data-testid="password-current" />
          <PasswordInput {...field} label={t('password.next')} value={next} onChange={(event) => setNext(event.currentTarget.value)} autoComplete="new-password" error={tried && same ? t('password.same') : null} data-testid="password-next" />
          <PasswordInput {...field} label={t('password.repeat')} value={repeat} onChange={(event) => setRepeat(event.currentTarget.value)} autoComplete="new-password" error={tried && differs ? t('password.mismatch') : null} data-testid="password-repeat" />
          {change.isError && <ErrorNote error={change.error} />}
          <Button type="submit" size="md" loading={change.isPending} data-testid="password-submit">{t('password.submit')}</Button>
          <Group justify="center">
            {forced
              ? <Button variant="subtle" color="gray" onClick={() => signOut.mutate()}>{t('user.signOut')}</Button>
              : <Button variant="subtle" color="gray" onClick={() => navigate('/')}>{t('user.back')}</Button>}
          </Group>
        </Stack>
      </form>
    </Door>
  );
}

import { Button, Group, Loader, Modal, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ApiError } from '../api/client';
import type { HomeSnapshot, HomeView } from '../api/types';
import { bytesText, timeText } from '../i18n/format';
import { ErrorNote } from './ErrorNote';
import { queryClient, useHome } from './queries';

export interface HomeDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** One's own files as they were at each log-off, and the way back. */
export function HomeDialog({ opened, onClose }: HomeDialogProps) {
  const { t } = useTranslation();
  const home = useHome(opened);
  const [wanted, setWanted] = useState<HomeSnapshot>();
  const restore = useMutation({
    mutationFn: (snapshot: HomeSnapshot) => api.restoreHome(snapshot.id),
    onSuccess: (view) => {
      queryClient.setQueryData(['home'], view);
      setWanted(undefined);
    },
  });
  const none = home.error instanceof ApiError && home.error.code === 'no-home';
  const close = (): void => {
    restore.reset();
    setWanted(undefined);
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={<Text fw={650} size="lg">{t('home.title')}</Text>} centered radius="lg" closeButtonProps={{ 'aria-label': t('home.close') }}>
      {home.isPending && <Text className="soft"><Loader size="xs" mr="sm" component="span" />{t('home.loading')}</Text>}
      {none && <Text size="sm" className="word-keep" data-testid="home-none">{t('error.no-home')}</Text>}
      {home.error && !none && <ErrorNote error={home.error} retry={() => void home.refetch()} />}
      {home.data && (wanted === undefined
        ? <Versions home={home.data} restored={restore.isSuccess} choose={(snapshot) => { restore.reset(); setWanted(snapshot); }} />
        : <Confirm snapshot={wanted} busy={restore.isPending} error={restore.error} onCancel={() => { restore.reset(); setWanted(undefined); }} onConfirm={() => restore.mutate(wanted)} />)}
    </Modal>
  );
}

interface VersionsProps {
  readonly home: HomeView;
  readonly restored: boolean;
  readonly choose: (snapshot: HomeSnapshot) => void;
}

function Versions({ home, restored, choose }: VersionsProps) {
  const { t, i18n } = useTranslation();
  const snapshots = home.snapshots ?? [];
  const busy = home.usedBy !== null;
  return (
    <>
      <Text size="sm" className="soft word-keep">{t('home.help', { size: bytesText(home.giB * 2 ** 30, i18n.language) })}</Text>
      {restored && <Text size="sm" fw={600} mt="sm" role="status" className="word-keep" data-testid="home-restored">{t('home.restored')}</Text>}
      {busy && <Text size="sm" mt="sm" className="word-keep" data-testid="home-busy">{home.usedBy?.poolName ? t('home.inUse', { name: home.usedBy.poolName }) : t('home.putAway')}</Text>}
      {snapshots.length === 0 && <Text size="sm" mt="sm" className="word-keep">{t('home.none')}</Text>}
      <ul className="home-versions" aria-label={t('home.versions')}>
        {snapshots.map((snapshot) => (
          <li key={snapshot.id} data-testid="home-version" data-cause={snapshot.cause}>
            <div>
              <Text size="sm" fw={600}>{timeText(snapshot.at, i18n.language)}</Text>
              <Text size="xs" className="soft word-keep">{t(snapshot.cause === 'beforeRestore' ? 'home.beforeRestore' : 'home.logOff')}</Text>
            </div>
            <Button size="xs" variant="default" disabled={busy} onClick={() => choose(snapshot)} aria-label={t('home.backTo', { time: timeText(snapshot.at, i18n.language) })}>{t('home.back')}</Button>
          </li>
        ))}
      </ul>
    </>
  );
}

interface ConfirmProps {
  readonly snapshot: HomeSnapshot;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}

function Confirm({ snapshot, busy, error, onCancel, onConfirm }: ConfirmProps) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Text size="sm" className="word-keep">{t('home.confirm', { time: timeText(snapshot.at, i18n.language) })}</Text>
      {error && <ErrorNote error={error} />}
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onCancel} data-autofocus>{t('home.cancel')}</Button>
        <Button onClick={onConfirm} loading={busy} data-testid="home-confirm">{t('home.back')}</Button>
      </Group>
    </>
  );
}

import { Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../api/types';
import { ReasonNote } from './ErrorNote';

/** The live state of a launch: the place in line, or what has been done so far. */
export function LaunchProgress({ session }: { readonly session: SessionView }) {
  const { t, i18n } = useTranslation();
  const queued = session.state === 'queued';
  const position = session.position === 1 ? t('launch.next') : session.position ? t('launch.position', { position: session.position }) : undefined;
  const title = queued ? t('launch.queued') : session.state === 'preparing' ? t(session.app ? 'launch.preparingApp' : 'launch.preparing', { name: session.app?.name ?? '' }) : t('launch.opening');
  const steps = session.steps.map(({ name, milliseconds }) => {
    const key = `launch.step.${name}`;
    return `${i18n.exists(key) ? t(key as 'launch.step.fork') : name} ${t('launch.milliseconds', { value: Math.round(milliseconds) })}`;
  });
  return (
    <div className="launch" role="status" data-testid="launch" data-state={session.state}>
      <Text size="sm" fw={600} className="word-keep">{title}</Text>
      {queued && position && <Text size="sm" className="soft">{[position, session.estimateSeconds ? t('launch.estimate', { count: session.estimateSeconds }) : undefined].filter(Boolean).join(' · ')}</Text>}
      {session.reason && <ReasonNote reason={session.reason} />}
      {/* Nobody knows how long it takes: a bar without a value, for those who hear the page, too. */}
      <Progress.Root size="sm" mt={8} aria-hidden="true"><Progress.Section value={100} animated color={queued ? 'yellow' : 'tide'} withAria={false} /></Progress.Root>
      {steps.length > 0 && <div className="launch-steps soft">{steps.join(' · ')}</div>}
    </div>
  );
}

import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PackageChange } from '../../api/images';
import { byChange } from './model';
import { shortVersion } from './VersionName';

/** How a version's packages differ from those that it was made from; nothing where nobody knows. */
export function PackageChanges({ changes, parent }: { readonly changes: readonly PackageChange[] | null; readonly parent: string | null }) {
  const { t } = useTranslation();
  if (changes === null || parent === null) return null;
  if (changes.length === 0) return <Text size="sm" className="soft word-keep">{t('console.image.noChanges')}</Text>;
  const groups = byChange(changes);
  return (
    <div>
      <Text size="sm" fw={600} className="word-keep">{t('console.image.changesAgainst', { version: shortVersion(parent) })}</Text>
      <div className="packages" tabIndex={0} role="group" aria-label={t('console.image.changes')}>
        {(['changed', 'added', 'removed'] as const).filter((kind) => groups[kind].length > 0).map((kind) => (
          <div key={kind}>
            <Text size="xs" className="soft">{t(`console.image.${kind}`)} ({groups[kind].length})</Text>
            <ul className="plain">{groups[kind].map(({ name, before, after }) => <li key={name}><code>{name} {[before, after].filter((version) => version !== null).join(' → ')}</code></li>)}</ul>
          </div>
        ))}
      </div>
    </div>
  );
}

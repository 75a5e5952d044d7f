import { List, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { ErrorNote } from '../portal/ErrorNote';

interface Use {
  readonly pool: string;
}

/** A refusal, and who or what is in the way where it names that. */
export function Refusal({ error, retry }: { readonly error: Error | null; readonly retry?: () => void }) {
  const { t } = useTranslation();
  if (error === null) return null;
  const { pools, machines, edit, author } = error instanceof ApiError ? error.problem as { readonly pools?: unknown; readonly machines?: unknown; readonly edit?: unknown; readonly author?: unknown } : {};
  const reasons = [
    Array.isArray(pools) && pools.length > 0 && t('console.image.refused.pools', { pools: (pools as readonly Use[]).map(({ pool }) => pool).join(', ') }),
    typeof machines === 'number' && machines > 0 && t('console.image.refused.machines', { count: machines }),
    typeof author === 'string' && t('console.image.refused.author', { name: author }),
    typeof author !== 'string' && typeof edit === 'string' && t('console.image.refused.edit'),
  ].filter((reason) => reason !== false);
  return (
    <Stack gap={6} mt="sm">
      <ErrorNote error={error} {...(retry === undefined ? {} : { retry })} />
      {reasons.length > 0 && <List size="sm" data-testid="refusal-uses">{reasons.map((reason) => <List.Item key={reason} className="word-keep">{reason}</List.Item>)}</List>}
    </Stack>
  );
}

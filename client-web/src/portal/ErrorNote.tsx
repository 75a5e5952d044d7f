import { Alert, Button, List, Text } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import type { Reason } from '../api/types';

/** What a refusal means, in the reader's language where we know its code, else in the server's words. */
export function errorText(error: Error, t: TFunction, exists: (key: string) => boolean): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.code === 'locked-out' && error.retryAfterSeconds !== undefined) return t('error.locked-out-for', { seconds: error.retryAfterSeconds });
  return reasonText({ code: error.code, detail: error.message }, t, exists);
}

export function reasonText(reason: Reason, t: TFunction, exists: (key: string) => boolean): string {
  const key = `error.${reason.code}`;
  return exists(key) ? t(key as 'error.title') : reason.detail;
}

/** Codes where the server's own sentence knows more than ours: the constraint that failed. It is English. */
const telling: ReadonlySet<string> = new Set(['no-capacity', 'not-entitled', 'wrong-state']);

export function ErrorNote({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { t, i18n } = useTranslation();
  const text = errorText(error, t, (key) => i18n.exists(key));
  const errors = error instanceof ApiError ? error.errors : [];
  const detail = error instanceof ApiError && telling.has(error.code) && i18n.language.startsWith('en') && error.message !== text ? error.message : undefined;
  return (
    <Alert color="red" variant="light" role="alert" className="word-keep" data-testid="error">
      <Text size="sm">{text}</Text>
      {detail !== undefined && <Text size="sm" mt={4} className="soft">{detail}</Text>}
      {errors.length > 0 && <List size="sm" mt={4}>{errors.map((each) => <List.Item key={each.code + each.detail}>{reasonText(each, t, (key) => i18n.exists(key))}</List.Item>)}</List>}
      {retry && <Button variant="light" color="red" size="xs" mt="sm" onClick={retry}>{t('error.retry')}</Button>}
    </Alert>
  );
}

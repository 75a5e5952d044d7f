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

/** The code in the reader's language; the server's sentence, which is English, where the code is unknown to this client. */
export function reasonText(reason: Reason, t: TFunction, exists: (key: string) => boolean): string {
  const key = `error.${reason.code}`;
  return exists(key) ? t(key as 'error.title') : reason.detail;
}

/** Codes where the server's own sentence knows more than ours: the constraint that failed. It is English. */
const telling: ReadonlySet<string> = new Set([
  'no-capacity', 'not-entitled', 'wrong-state', 'no-image', 'host-short', 'pool-full', 'preparing', 'machines-failing', 'machine-held-up', 'machine-failed', 'waking', 'wake-failed',
  'no-machine', 'left-too-long', 'host-refused', 'unknown', 'pool-closed', 'pool-hours', 'quota-sessions', 'quota-memory', 'home-missing', 'home-refused', 'no-screens', 'screens-in-use', 'screens-silent', 'no-hardware', 'ended-by-helper', 'session-too-long', 'image-did-not-say',
]);

/** What the server's sentence adds to ours for a reader of `language`; undefined where it adds nothing, or could not be read. */
export function reasonDetail(reason: Reason, language: string, text: string): string | undefined {
  return telling.has(reason.code) && language.startsWith('en') && reason.detail !== '' && reason.detail !== text ? reason.detail : undefined;
}

/** A reason of the server: in its own words where they say more and can be read, else in the reader's language. */
export function ReasonNote({ reason, color }: { readonly reason: Reason; readonly color?: string }) {
  const { t, i18n } = useTranslation();
  const text = reasonText(reason, t, (key) => i18n.exists(key));
  const detail = reasonDetail(reason, i18n.language, text);
  return (
    <Text size="sm" className={color === undefined ? 'soft word-keep' : 'word-keep'} {...(color === undefined ? {} : { c: color })} data-testid="reason" data-code={reason.code}>
      {detail ?? text}
    </Text>
  );
}

export function ErrorNote({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { t, i18n } = useTranslation();
  const text = errorText(error, t, (key) => i18n.exists(key));
  const errors = error instanceof ApiError ? error.errors : [];
  const detail = error instanceof ApiError ? reasonDetail({ code: error.code, detail: error.message }, i18n.language, text) : undefined;
  return (
    <Alert color="red" variant="light" role="alert" className="word-keep" data-testid="error">
      <Text size="sm">{text}</Text>
      {detail !== undefined && <Text size="sm" mt={4} className="soft">{detail}</Text>}
      {errors.length > 0 && <List size="sm" mt={4}>{errors.map((each) => <List.Item key={each.code + each.detail}>{reasonText(each, t, (key) => i18n.exists(key))}</List.Item>)}</List>}
      {retry && <Button variant="light" color="red" size="xs" mt="sm" onClick={retry}>{t('error.retry')}</Button>}
    </Alert>
  );
}

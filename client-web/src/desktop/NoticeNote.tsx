import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { noticeKind } from '../wire/messages';
import type { PersonNotice } from '../wire/messages';
import type { DesktopController } from './controller';

interface Shown {
  readonly notice: PersonNotice;
  /** When what is announced happens, in performance.now() milliseconds. */
  readonly at: number;
}

/** Words from the server over the picture: a message until it is read, a warning as long as it holds. */
export function NoticeNote({ controller }: { readonly controller: DesktopController }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Shown>();
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const listening = controller.noticed.on((notice) => {
      setShown({ notice, at: performance.now() + notice.seconds * 1_000 });
      setLeft(notice.seconds);
    });
    return () => listening.dispose();
  }, [controller]);
  useEffect(() => {
    if (shown === undefined || !counts(shown.notice)) return;
    const count = setInterval(() => {
      const seconds = Math.ceil((shown.at - performance.now()) / 1_000);
      if (seconds <= 0) setShown(undefined);
      else setLeft(seconds);
    }, 250);
    return () => clearInterval(count);
  }, [shown]);
  const passes = shown?.notice.kind === noticeKind.homeHere;
  useEffect(() => {
    if (!passes) return;
    const read = setTimeout(() => setShown(undefined), 4_000);
    return () => clearTimeout(read);
  }, [passes]);
  const idle = shown?.notice.kind === noticeKind.idle;
  useEffect(() => {
    if (!idle) return;
    // Whoever does something is there.
    const there = (): void => setShown(undefined);
    window.addEventListener('keydown', there, { capture: true, once: true });
    window.addEventListener('pointerdown', there, { capture: true, once: true });
    return () => {
      window.removeEventListener('keydown', there, { capture: true });
      window.removeEventListener('pointerdown', there, { capture: true });
    };
  }, [idle]);
  if (shown === undefined) return null;
  const { kind, text } = shown.notice;
  const time = t('notice.time', { minutes: Math.floor(left / 60), seconds: String(left % 60).padStart(2, '0') });
  const words = (notice: PersonNotice): string => {
    switch (notice.kind) {
      case noticeKind.message: return notice.text;
      case noticeKind.idle: return t('notice.idle', { time });
      case noticeKind.ending: return t('notice.ending', { time });
      case noticeKind.homeComing: return t('notice.homeComing');
      case noticeKind.homeHere: return t('notice.homeHere');
      case noticeKind.homeMissing: return t('notice.homeMissing');
      case noticeKind.clipboardTooLarge: return t('notice.clipboard', { size: notice.seconds < 1024 ? `${notice.seconds} KiB` : `${Math.round(notice.seconds / 1024)} MiB` });
    }
  };
  return (
    <div className="desk-notice" role="alert" data-testid="notice" data-kind={kind}>
      <p className="word-keep">{words(shown.notice)}</p>
      {(counts(shown.notice) || kind === noticeKind.homeMissing) && text !== '' && <p className="desk-notice-more word-keep">{text}</p>}
      {kind !== noticeKind.idle && <Button size="xs" variant="light" onClick={() => setShown(undefined)}>{t('notice.seen')}</Button>}
    </div>
  );
}

/** Whether something happens when its time is over. */
const counts = (notice: PersonNotice): boolean => notice.kind === noticeKind.idle || notice.kind === noticeKind.ending;

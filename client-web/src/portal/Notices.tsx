import { CloseButton } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useNotices } from './queries';

/** How many notices that were read are remembered. */
const most = 50;

/** What people are told at the moment, until they have read it. */
export function Notices() {
  const { t, i18n } = useTranslation();
  const notices = useNotices();
  const [read, setRead] = useLocalStorage<string[]>({ key: 'vdi-notices-read', defaultValue: [], getInitialValueInEffect: false });
  const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' });
  const shown = notices.data?.filter((notice) => !read.includes(notice.id)) ?? [];
  if (shown.length === 0) return null;
  return (
    <ul className="notices" aria-label={t('notice.list')}>
      {shown.map((notice) => (
        <li key={notice.id} className="notice" role="status" data-testid="start-notice">
          <div>
            <p className="word-keep">{notice.text}</p>
            <p className="soft notice-when">{t('notice.from', { name: notice.by, time: time.format(new Date(notice.at)) })}</p>
          </div>
          <CloseButton aria-label={t('notice.seen')} onClick={() => setRead([notice.id, ...read].slice(0, most))} />
        </li>
      ))}
    </ul>
  );
}

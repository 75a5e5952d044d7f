import { useTranslation } from 'react-i18next';
import { stepKey } from './images/words';

/** What a host says of its work: in the reader's language where the words are known, else as they are, which is English. */
export function Words({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  const key = stepKey(text);
  return key === undefined ? <span lang="en">{text}</span> : <>{t(key)}</>;
}

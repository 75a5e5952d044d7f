import { useTranslation } from 'react-i18next';
import { StarIcon } from './icons';

interface StarProps {
  readonly name: string;
  readonly on: boolean;
  readonly onToggle: () => void;
}

/** Whether something is a favourite. */
export function Star({ name, on, onToggle }: StarProps) {
  const { t } = useTranslation();
  return (
    <button type="button" className="card-tool card-star" aria-pressed={on} aria-label={t('card.favourite', { name })} title={on ? t('card.unmark') : t('card.mark')} onClick={onToggle} data-testid="favourite">
      <StarIcon />
    </button>
  );
}

import { useTranslation } from 'react-i18next';
import type { VersionState } from './model';

const tones: Readonly<Record<VersionState, 'good' | 'wait' | 'bad'>> = { offered: 'good', testing: 'wait', failed: 'bad', untested: 'wait' };

/** Whether pools may have a version, as a dot and words. */
export function StateBadge({ state }: { readonly state: VersionState }) {
  const { t } = useTranslation();
  return <span className="state" data-testid="version-state" data-state={state}><span className={`dot dot-${tones[state]}`} aria-hidden="true" />{t(`console.state.${state}`)}</span>;
}

import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineState } from '../session/meter';
import type { DesktopController } from './controller';

/** How the line is: round trip, frames, bits, and whether the picture is exact. A click colours regions by their encoding. */
export function LineNote({ controller }: { readonly controller: DesktopController }) {
  const { t, i18n } = useTranslation();
  const [line, setLine] = useState<LineState>();
  const [coloured, setColoured] = useState(false);
  useEffect(() => {
    const listening = controller.line.on(setLine);
    return () => listening.dispose();
  }, [controller]);
  const toggle = (): void => {
    controller.overlay(!coloured);
    setColoured(!coloured);
  };
  const number = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const parts = line && [
    line.roundTripMs !== undefined && t('line.roundTrip', { value: number.format(Math.round(line.roundTripMs)) }),
    t('line.frames', { value: number.format(line.framesPerSecond) }),
    t('line.rate', { value: number.format(line.bitsPerSecond / 1e6) }),
  ];
  return (
    <button type="button" className="tools-line" aria-pressed={coloured} title={t('line.colours')} data-testid="session-line" data-exact={line?.exact ?? true} onClick={toggle}>
      <span className="tools-line-dot" />
      {line ? <>{parts?.filter(Boolean).join(' · ')} · <b>{line.exact ? t('line.exact') : t('line.refining')}</b></> : t('line.measuring')}
    </button>
  );
}

import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Logo } from './Logo';
import { Tools } from './Tools';

/** The frame of the pages before one is in: sign-in and password. */
export function Door({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="door">
      <aside className="door-brand" aria-hidden="true">
        <Logo size={36} light />
        <Picture />
        <div className="door-words">
          {t('app.tagline')}
          <small>{t('app.tagline2')}</small>
        </div>
      </aside>
      <div className="door-side">
        <div className="door-tools"><Tools /></div>
        <main className="door-form">
          <div className="door-mark"><Logo size={40} /></div>
          {children}
        </main>
      </div>
    </div>
  );
}

/** A desktop inside a browser tab. */
function Picture() {
  return (
    <svg className="door-picture" viewBox="0 0 480 300" fill="none">
      <path d="M28 44a16 16 0 0 1 16-16h108a12 12 0 0 1 12 12v8h272a16 16 0 0 1 16 16v190a18 18 0 0 1-18 18H46a18 18 0 0 1-18-18z" fill="#fff" fillOpacity=".1" />
      <rect x="40" y="62" width="400" height="198" rx="10" fill="#041f24" fillOpacity=".55" />
      <circle cx="48" cy="41" r="5" fill="#7fe0cf" />
      <rect x="62" y="38" width="74" height="6" rx="3" fill="#fff" fillOpacity=".45" />
      <rect x="64" y="86" width="190" height="122" rx="8" fill="#fff" fillOpacity=".16" />
      <rect x="64" y="86" width="190" height="20" rx="8" fill="#fff" fillOpacity=".16" />
      <rect x="80" y="122" width="112" height="7" rx="3.5" fill="#fff" fillOpacity=".5" />
      <rect x="80" y="140" width="146" height="7" rx="3.5" fill="#fff" fillOpacity=".28" />
      <rect x="80" y="158" width="128" height="7" rx="3.5" fill="#fff" fillOpacity=".28" />
      <rect x="212" y="120" width="196" height="112" rx="8" fill="#0f8a7e" />
      <rect x="212" y="120" width="196" height="20" rx="8" fill="#7fe0cf" fillOpacity=".55" />
      <path d="M232 212l34-34 24 22 36-42 62 54z" fill="#fff" fillOpacity=".55" />
      <circle cx="252" cy="160" r="8" fill="#fff" fillOpacity=".7" />
      <rect x="150" y="240" width="180" height="12" rx="6" fill="#fff" fillOpacity=".18" />
    </svg>
  );
}

import { useState } from 'react';
import type { CSSProperties } from 'react';
import type { Desktop } from '../api/types';

interface CardPictureProps {
  readonly desktop: Desktop;
  /** It cannot be opened now. */
  readonly quiet: boolean;
}

/** What people know their cards by: an application's icon, or a drawn desktop. */
export function CardPicture({ desktop: { id, name, app }, quiet }: CardPictureProps) {
  if (!app) return <Thumbnail hue={hueOf(id)} quiet={quiet} />;
  return <div className="card-picture card-app" data-quiet={quiet} style={{ '--hue': hueOf(name) } as CSSProperties}><AppIcon name={name} icon={app.icon} /></div>;
}

/** An application's icon, or its first letter where there is none. */
function AppIcon({ name, icon }: { readonly name: string; readonly icon: string | null }) {
  const [broken, setBroken] = useState(false);
  if (icon !== null && !broken) return <img className="card-icon" src={icon} width={64} height={64} alt="" onError={() => setBroken(true)} />;
  return <span className="card-letter" aria-hidden="true">{[...name][0]?.toUpperCase()}</span>;
}

/** A colour that follows from a text, so that people know it again. */
function hueOf(text: string): number {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return [172, 205, 232, 150, 28, 268][hash % 6] ?? 172;
}

function Thumbnail({ hue, quiet }: { readonly hue: number; readonly quiet: boolean }) {
  const colour = (lightness: number): string => `hsl(${hue} ${quiet ? 6 : 42}% ${lightness}%)`;
  return (
    <svg className="card-picture" viewBox="0 0 320 136" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="320" height="136" fill={colour(27)} />
      <circle cx="268" cy="10" r="96" fill={colour(33)} />
      <circle cx="300" cy="4" r="58" fill={colour(40)} />
      <rect x="34" y="30" width="132" height="84" rx="7" fill="#fff" fillOpacity=".15" />
      <path d="M34 37a7 7 0 0 1 7-7h118a7 7 0 0 1 7 7v8H34z" fill="#fff" fillOpacity=".25" />
      <rect x="46" y="56" width="66" height="5" rx="2.5" fill="#fff" fillOpacity=".55" />
      <rect x="46" y="69" width="96" height="5" rx="2.5" fill="#fff" fillOpacity=".3" />
      <rect x="46" y="82" width="82" height="5" rx="2.5" fill="#fff" fillOpacity=".3" />
      <rect x="128" y="62" width="104" height="58" rx="7" fill={colour(56)} />
      <path d="M128 69a7 7 0 0 1 7-7h90a7 7 0 0 1 7 7v7H128z" fill="#fff" fillOpacity=".35" />
    </svg>
  );
}

import { Button, FileButton, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PoolIcon } from './PoolIcon';

interface IconChoiceProps {
  readonly name: string;
  /** A PNG as base64. */
  readonly icon: string | null;
  readonly fault: string | undefined;
  readonly readOnly: boolean;
  readonly onChange: (icon: string | null) => void;
}

const largest = 64 * 1024;
const sides = { least: 8, most: 512 } as const;

/** An application's icon: another one, or none. */
export function IconChoice({ name, icon, fault, readOnly, onChange }: IconChoiceProps) {
  const { t } = useTranslation();
  const [refused, setRefused] = useState(false);
  const choose = async (file: File): Promise<void> => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wrong = bytes.length > largest || !isIcon(bytes);
    setRefused(wrong);
    if (!wrong) onChange(base64Of(bytes));
  };
  const why = refused ? t('console.apps.badIcon') : fault;
  return (
    <div>
      <Group gap="sm">
        <PoolIcon name={name} icon={icon} />
        {!readOnly && <FileButton accept="image/png" onChange={(file) => file && void choose(file)} inputProps={{ 'aria-label': t('console.apps.icon') }}>{(props) => <Button {...props} size="xs" variant="default">{t('console.apps.iconChoose')}</Button>}</FileButton>}
        {!readOnly && icon !== null && <Button size="xs" variant="subtle" color="gray" onClick={() => onChange(null)}>{t('console.apps.iconNone')}</Button>}
      </Group>
      {why !== undefined && <Text size="sm" className="bad word-keep" role="alert" mt={4}>{why}</Text>}
    </div>
  );
}

/** Whether it is a PNG of a size that is taken (https://www.w3.org/TR/png/#11IHDR). */
function isIcon(bytes: Uint8Array): boolean {
  if (bytes.length < 33 || ![0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, at) => bytes[at] === byte)) return false;
  const view = new DataView(bytes.buffer);
  return [16, 20].every((at) => view.getUint32(at) >= sides.least && view.getUint32(at) <= sides.most);
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

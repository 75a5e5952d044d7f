import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { speak } from '../i18n';
import { GlobeIcon, MoonIcon, SunIcon } from './icons';

/** The switches for language and colours. */
export function Tools() {
  const { t, i18n } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const system = useMediaQuery('(prefers-color-scheme: dark)', false, { getInitialValueInEffect: false }) ? 'dark' : 'light';
  const other = scheme === 'dark' ? 'light' : 'dark';
  const korean = i18n.language.startsWith('ko');
  const themeLabel = other === 'dark' ? t('theme.dark') : t('theme.light');
  return (
    <>
      <Button
        variant="subtle" color="gray" size="compact-md" px={8} leftSection={<GlobeIcon size={18} />} lang={korean ? 'en' : 'ko'}
        aria-label={`${t('language.switch')}: ${t('language.label')}`} title={t('language.label')} data-testid="language"
        onClick={() => void speak(korean ? 'en' : 'ko')}
      >
        {t('language.switch')}
      </Button>
      <ActionIcon
        variant="subtle" color="gray" size="lg" aria-label={themeLabel} title={themeLabel} data-testid="theme"
        onClick={() => setColorScheme(other === system ? 'auto' : other)}
      >
        {other === 'dark' ? <MoonIcon /> : <SunIcon />}
      </ActionIcon>
    </>
  );
}

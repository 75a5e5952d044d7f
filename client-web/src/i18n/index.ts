import i18next from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';

/** One is read, and only that one is fetched. Both have all texts. */
const texts = {
  en: async () => (await import('./en')).en,
  ko: async () => (await import('./ko')).ko,
} as const;

/** Changes the language to one whose texts may have to be fetched first. */
export async function speak(language: string): Promise<void> {
  const spoken = language.startsWith('ko') ? 'ko' : 'en';
  i18next.addResourceBundle(spoken, 'translation', await texts[spoken](), true);
  await i18next.changeLanguage(spoken);
}

/** Starts translation: the language chosen earlier, else the browser's, else English. */
export async function startI18n(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(LanguageDetector).use(initReactI18next).init({
    resources: {},
    supportedLngs: ['en', 'ko'],
    nonExplicitSupportedLngs: true,
    load: 'languageOnly',
    fallbackLng: 'en',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    detection: { order: ['localStorage', 'navigator'], caches: ['localStorage'], lookupLocalStorage: 'vdi.language', convertDetectedLanguage: (language) => language.slice(0, 2) },
  });
  await speak(i18next.language);
}

import i18next from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { ko } from './ko';

/** Starts translation: the language chosen earlier, else the browser's, else English. */
export async function startI18n(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(LanguageDetector).use(initReactI18next).init({
    resources: { en: { translation: en }, ko: { translation: ko } },
    supportedLngs: ['en', 'ko'],
    nonExplicitSupportedLngs: true,
    load: 'languageOnly',
    fallbackLng: 'en',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    detection: { order: ['localStorage', 'navigator'], caches: ['localStorage'], lookupLocalStorage: 'vdi.language', convertDetectedLanguage: (language) => language.slice(0, 2) },
  });
}

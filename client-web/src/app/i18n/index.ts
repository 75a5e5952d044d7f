import i18next from 'i18next';
import { en } from './en';
import { ko } from './ko';

// Beside the portal's texts, which everybody has; those of applications come with their pages.
i18next.addResourceBundle('en', 'translation', en, true);
i18next.addResourceBundle('ko', 'translation', ko, true);

/** i18next options that server and browser share. */
import type { InitOptions } from 'i18next';
import { DEFAULT_LOCALE, LOCALES } from './locales.ts';

export const I18N_OPTIONS = {
  supportedLngs: [...LOCALES],
  fallbackLng: DEFAULT_LOCALE,
  defaultNS: 'common',
  // Languages are loaded exactly as named: `zh` alone does not exist.
  load: 'currentOnly',
  returnNull: false,
  returnEmptyString: false,
  // React escapes.
  interpolation: { escapeValue: false },
} satisfies InitOptions;

import { useMemo } from 'react';
import { DEFAULT_LOCALE, type Locale } from '../i18n/locales.ts';
import { useRootData } from './viewer.tsx';

export interface ViewerPreferences {
  locale: Locale;
  /** IANA name. */
  timeZone: string;
  /** ISO 4217. */
  currency: string;
}

/** How this viewer reads numbers and times; the same on the server and in the browser. */
export function useViewerPreferences(): ViewerPreferences {
  const root = useRootData();
  const locale = root?.locale ?? DEFAULT_LOCALE;
  const timeZone = root?.timeZone ?? 'UTC';
  const currency = root?.currency ?? 'USD';
  return useMemo(() => ({ locale, timeZone, currency }), [locale, timeZone, currency]);
}

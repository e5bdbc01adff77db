/** The languages pages are written in, and which of them a visitor gets. */

export const LOCALES = ['en', 'zh-CN', 'zh-TW', 'ja'] as const;
export type Locale = (typeof LOCALES)[number];

export const DEFAULT_LOCALE: Locale = 'en';

/** How each language calls itself; never translated. */
export const LOCALE_NAMES: Record<Locale, string> = {
  en: 'English',
  'zh-CN': '简体中文',
  'zh-TW': '繁體中文',
  ja: '日本語',
};

export const NAMESPACES = [
  'common',
  'storefront',
  'auth',
  'account',
  'buyer',
  'seller',
  'admin',
  'errors',
  'pricing',
  'payments',
  'wallet',
  'budgets',
  'ledger',
  'payouts',
  'invoices',
  'reports',
  'receipts',
  'disputes',
] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** Loaded for every page; routes name the others in `handle.i18n`. */
export const BASE_NAMESPACES: Namespace[] = ['common', 'errors'];

export const LOCALE_COOKIE = 'tollgate_locale';
const ONE_YEAR_SECONDS = 31_536_000;

export function isLocale(value: unknown): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/** Script subtag or the regions that write traditional characters (CLDR likely subtags). */
const TRADITIONAL = /^zh-(hant|tw|hk|mo)\b/;

function localeOf(tag: string): Locale | null {
  const lower = tag.toLowerCase();
  if (/^zh\b/.test(lower)) return TRADITIONAL.test(lower) ? 'zh-TW' : 'zh-CN';
  if (/^ja\b/.test(lower)) return 'ja';
  return /^(en\b|\*$)/.test(lower) ? 'en' : null;
}

/** The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4). */
export function negotiateLocale(acceptLanguage: string | null | undefined): Locale {
  const ranges = (acceptLanguage ?? '').split(',').map((part, position) => {
    const [tag = '', ...parameters] = part.trim().split(/\s*;\s*/);
    const quality = Number(parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2) ?? 1);
    return { tag, quality: Number.isFinite(quality) ? quality : 0, position };
  });
  ranges.sort((a, b) => b.quality - a.quality || a.position - b.position);
  for (const { tag, quality } of ranges) {
    const locale = quality > 0 ? localeOf(tag) : null;
    if (locale) return locale;
  }
  return DEFAULT_LOCALE;
}

/** The language chosen by cookie, or null. */
export function localeFromCookie(cookieHeader: string | null | undefined): Locale | null {
  const value = new RegExp(`(?:^|;\\s*)${LOCALE_COOKIE}=([\\w-]+)`).exec(cookieHeader ?? '')?.[1];
  return isLocale(value) ? value : null;
}

/** `Set-Cookie` that keeps a choice of language for a year. */
export function localeCookie(locale: Locale): string {
  return `${LOCALE_COOKIE}=${locale}; Path=/; Max-Age=${ONE_YEAR_SECONDS}; SameSite=Lax; HttpOnly`;
}

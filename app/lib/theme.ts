/** Light, dark, or as the visitor's system says; chosen by cookie so that the first byte is right. */

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = 'tollgate_theme';
const ONE_YEAR_SECONDS = 31_536_000;

export function isTheme(value: unknown): value is Theme {
  return THEMES.some((theme) => theme === value);
}

/** The theme chosen by cookie, or null. */
export function themeFromCookie(cookieHeader: string | null | undefined): Theme | null {
  const value = new RegExp(`(?:^|;\\s*)${THEME_COOKIE}=(\\w+)`).exec(cookieHeader ?? '')?.[1];
  return isTheme(value) ? value : null;
}

/** `Set-Cookie` that keeps a choice of theme for a year. */
export function themeCookie(theme: Theme): string {
  return `${THEME_COOKIE}=${theme}; Path=/; Max-Age=${ONE_YEAR_SECONDS}; SameSite=Lax; HttpOnly`;
}

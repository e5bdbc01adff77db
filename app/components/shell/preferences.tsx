/** Language and theme: plain forms, so that they work without scripts. */
import { Form, useLocation } from '@remix-run/react';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { LOCALE_NAMES, LOCALES } from '../../i18n/locales.ts';
import { THEMES } from '../../lib/theme.ts';
import { useRootData } from '../viewer.tsx';
import { cn } from '../ui/cn.ts';

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

function useHere(): string {
  const { pathname, search } = useLocation();
  return pathname + search;
}

export function ThemeForm() {
  const { t } = useTranslation('common');
  const theme = useRootData()?.theme ?? 'system';
  return (
    <Form method="post" action="/resources/theme" replace preventScrollReset>
      <input type="hidden" name="redirectTo" value={useHere()} />
      <fieldset className="bg-neutral-soft inline-flex rounded-full p-0.5">
        <legend className="sr-only">{t('theme.label')}</legend>
        {THEMES.map((value) => {
          const Icon = THEME_ICONS[value];
          return (
            <button
              key={value}
              type="submit"
              name="theme"
              value={value}
              aria-pressed={theme === value}
              aria-label={t(`theme.${value}`)}
              title={t(`theme.${value}`)}
              className="hit text-muted aria-pressed:bg-raised aria-pressed:text-ink aria-pressed:shadow-card inline-flex items-center justify-center rounded-full"
            >
              <Icon aria-hidden className="size-4.5" />
            </button>
          );
        })}
      </fieldset>
    </Form>
  );
}

export function LocaleForm({ className }: { className?: string }) {
  const { t } = useTranslation('common');
  const current = useRootData()?.locale ?? 'en';
  return (
    // The whole document changes its language, so the whole document is loaded again.
    <Form method="post" action="/resources/locale" reloadDocument className={className}>
      <input type="hidden" name="redirectTo" value={useHere()} />
      <fieldset className="flex flex-wrap gap-x-1">
        <legend className="sr-only">{t('language.label')}</legend>
        {LOCALES.map((locale) => (
          <button
            key={locale}
            type="submit"
            name="locale"
            value={locale}
            lang={locale}
            aria-pressed={locale === current}
            className={cn(
              'text-muted hover:text-ink min-h-11 rounded-full px-3 text-sm whitespace-nowrap',
              'aria-pressed:text-ink aria-pressed:font-semibold',
            )}
          >
            {LOCALE_NAMES[locale]}
          </button>
        ))}
      </fieldset>
    </Form>
  );
}

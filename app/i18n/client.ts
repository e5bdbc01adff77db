/** i18next in the browser: starts with the texts the document carries, fetches others when a page needs them. */
import { createInstance, type i18n } from 'i18next';
import HttpBackend from 'i18next-http-backend';
import { initReactI18next } from 'react-i18next';
import type { EmbeddedTexts } from './embedded-texts.ts';
import type { Namespace } from './locales.ts';
import { I18N_OPTIONS } from './options.ts';

/** @param embedded what the server put into the document. */
export async function createClientTranslator(embedded: EmbeddedTexts): Promise<i18n> {
  const { locale, texts, version } = embedded;
  const instance = createInstance();
  await instance
    .use(HttpBackend)
    .use(initReactI18next)
    .init({
      ...I18N_OPTIONS,
      lng: locale,
      // All texts exist in every language (a test says so): fetching English as well would be waste.
      fallbackLng: false,
      ns: Object.keys(texts),
      resources: { [locale]: texts },
      partialBundledLanguages: true,
      backend: { loadPath: '/locales/{{lng}}/{{ns}}.json', queryStringParams: { v: version } },
      // The router keeps the old page on screen until the new one has its texts.
      react: { useSuspense: true },
    });
  return instance;
}

/** Fetches texts while nobody waits, so that going to another area does not. Returns how to call it off. */
export function preloadTexts(instance: i18n, namespaces: readonly Namespace[]): () => void {
  const load = () => void instance.loadNamespaces([...namespaces]);
  if ('requestIdleCallback' in window) {
    const handle = window.requestIdleCallback(load, { timeout: 5_000 });
    return () => window.cancelIdleCallback(handle);
  }
  const timer = setTimeout(load, 2_000);
  return () => clearTimeout(timer);
}

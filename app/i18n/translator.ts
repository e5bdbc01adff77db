/** i18next on the server: one instance per request or mail, with exactly the texts it needs. */
import { createHash } from 'node:crypto';
import { createInstance, type i18n, type TFunction } from 'i18next';
import { DEFAULT_LOCALE, type Locale, type Namespace } from './locales.ts';
import { I18N_OPTIONS } from './options.ts';
import { RESOURCES, type Texts } from './resources.ts';

/** The texts of some namespaces in one language. */
export function textsOf(locale: Locale, namespaces: readonly Namespace[]): Record<string, Texts> {
  return Object.fromEntries(namespaces.map((namespace) => [namespace, RESOURCES[locale][namespace]]));
}

/** Changes with any text, so that browsers never mix texts of two releases. */
export function textsVersion(): string {
  return createHash('sha256').update(JSON.stringify(RESOURCES)).digest('base64url').slice(0, 10);
}

/** An i18next instance that is ready at once. */
export function createTranslator(locale: Locale, namespaces: readonly Namespace[]): i18n {
  const instance = createInstance();
  void instance.init({
    ...I18N_OPTIONS,
    lng: locale,
    ns: [...namespaces],
    resources: {
      [locale]: textsOf(locale, namespaces),
      ...(locale !== DEFAULT_LOCALE && { [DEFAULT_LOCALE]: textsOf(DEFAULT_LOCALE, namespaces) }),
    },
    initAsync: false,
  });
  return instance;
}

/** `t` for one namespace (and `errors`, `common`) in a language: for mails and other texts outside a request. */
export function translateIn<Ns extends Namespace>(locale: Locale, namespace: Ns): TFunction<Ns> {
  const namespaces = new Set<Namespace>([namespace, 'common', 'errors']);
  return createTranslator(locale, [...namespaces]).getFixedT(locale, namespace);
}

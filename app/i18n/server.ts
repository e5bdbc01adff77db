/** Translations inside a request: for loaders, actions and the document. */
import type { TFunction } from 'i18next';
import type { LoadContext } from '../http/load-context.ts';
import { localeFromCookie, negotiateLocale, isLocale, type Locale, type Namespace } from './locales.ts';
import { translateIn } from './translator.ts';

interface RequestArgs {
  request: Request;
  context: Pick<LoadContext, 'requestId'> & { viewer?: Promise<{ user: { locale: string } } | null> };
}

/** The language of a request: the cookie, else the viewer's own, else what the browser accepts. */
export async function resolveLocale({ request, context }: RequestArgs): Promise<Locale> {
  const chosen = localeFromCookie(request.headers.get('cookie'));
  if (chosen) return chosen;
  // Whoever cannot be looked up still gets a page in some language.
  const viewer = await context.viewer?.catch(() => null);
  const own = viewer?.user.locale;
  return isLocale(own) ? own : negotiateLocale(request.headers.get('accept-language'));
}

/** `t` in the language of the request: `const t = await getTranslation(args, 'buyer')`. */
export async function getTranslation<Ns extends Namespace>(
  args: RequestArgs,
  namespace: Ns,
): Promise<TFunction<Ns>> {
  return translateIn(await resolveLocale(args), namespace);
}

import type { WriteInvitation } from '../domain/plans/index.ts';
import { isLocale, DEFAULT_LOCALE } from '../i18n/locales.ts';
import { translateIn } from '../i18n/translator.ts';

/** The mail that invites somebody to a private plan. */
export const writeInvitation: WriteInvitation = (locale, facts) => {
  const t = translateIn(isLocale(locale) ? locale : DEFAULT_LOCALE, 'pricing');
  return { subject: t('invitationMail.subject', facts), text: t('invitationMail.text', facts) };
};

/** What payouts say by mail, in the recipient's language. */
import type { WritePayoutMail, WriteReversalMail } from '../../app/domain/payouts/index.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import { formatMoney } from '../../app/lib/money.ts';

export const writeFailedPayout: WritePayoutMail = (wanted, { amountNanos, currency, ...facts }) => {
  const locale = isLocale(wanted) ? wanted : DEFAULT_LOCALE;
  const t = translateIn(locale, 'payouts');
  const values = { ...facts, amount: formatMoney(amountNanos, currency, locale) };
  return { subject: t('failedMail.subject', values), text: t('failedMail.text', values) };
};

export const writeRefusedReversal: WriteReversalMail = (wanted, { missingNanos, currency, ...facts }) => {
  const locale = isLocale(wanted) ? wanted : DEFAULT_LOCALE;
  const t = translateIn(locale, 'payouts');
  const values = { ...facts, amount: formatMoney(missingNanos, currency, locale) };
  return { subject: t('reversalMail.subject', values), text: t('reversalMail.text', values) };
};

import type { Context } from '../../app/domain/context.ts';
import { mailInvoice, type InvoiceMailFacts } from '../../app/domain/invoices/index.ts';
import { DEFAULT_LOCALE, isLocale, type Locale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import { formatMoney } from '../../app/lib/money.ts';
import type { JobPayload } from '../jobs.ts';

export async function sendInvoiceMail(
  ctx: Context,
  { invoiceId, notice }: JobPayload<'send_invoice_mail'>,
): Promise<void> {
  await mailInvoice(ctx, {
    invoiceId,
    write(wanted, facts) {
      const locale = isLocale(wanted) ? wanted : DEFAULT_LOCALE;
      const t = translateIn(locale, 'invoices');
      const values = words(locale, facts);
      return { subject: t(`mail.${notice}.subject`, values), text: t(`mail.${notice}.text`, values) };
    },
  });
}

function words(locale: Locale, facts: InvoiceMailFacts) {
  const { currency, timeZone } = facts;
  const month = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone });
  return {
    number: facts.number ?? '',
    month: month.format(new Date(`${facts.month}-15T00:00:00Z`)),
    total: formatMoney(facts.totalNanos, currency, locale),
    due: formatMoney(facts.openNanos, currency, locale),
    credited: formatMoney(facts.creditedNanos, currency, locale),
    dueAt: facts.dueAt ? day.format(facts.dueAt) : '',
    url: facts.url,
  };
}

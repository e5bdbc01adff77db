import { alertBudgets as tell } from '../../app/domain/budgets/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import { formatMoney } from '../../app/lib/money.ts';

const CURRENCY = 'USD';

export async function alertBudgets(ctx: Context): Promise<void> {
  await tell(ctx, {
    write(recipientLocale, alert) {
      const locale = isLocale(recipientLocale) ? recipientLocale : DEFAULT_LOCALE;
      const t = translateIn(locale, 'budgets');
      const end = new Intl.DateTimeFormat(locale, {
        dateStyle: 'medium',
        timeStyle: 'short',
        timeZone: alert.timeZone,
      });
      const values = {
        budget: t(`alertMail.budget.${alert.scope}`, {
          name: alert.subjectName ?? '',
          organization: alert.organizationName,
        }),
        period: t(`period.${alert.period}`),
        threshold: alert.threshold,
        spent: formatMoney(alert.spentNanos, CURRENCY, locale),
        amount: formatMoney(alert.amountNanos, CURRENCY, locale),
        end: end.format(alert.windowEnd),
        timeZone: alert.timeZone,
        url: alert.url,
      };
      const isOver = alert.threshold >= 100;
      const consequence = isOver
        ? t(`alertMail.consequence.${alert.enforcement}`, values)
        : t('alertMail.consequence.warning', values);
      return {
        subject: t('alertMail.subject', values),
        text: t('alertMail.text', { ...values, consequence }),
      };
    },
  });
}

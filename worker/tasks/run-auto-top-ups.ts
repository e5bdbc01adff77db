import { runAutoTopUps as run } from '../../app/domain/auto-top-ups/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import { formatMoney } from '../../app/lib/money.ts';

/** What our readers can act on; other words of the bank say no more than that it declined. */
const REASONS = ['authentication_required', 'insufficient_funds', 'expired_card'] as const;

export async function runAutoTopUps(ctx: Context): Promise<void> {
  await run(ctx, {
    write(recipientLocale, { amountNanos, currency, reason, isOver, url }) {
      const locale = isLocale(recipientLocale) ? recipientLocale : DEFAULT_LOCALE;
      const t = translateIn(locale, 'wallet');
      const values = {
        amount: formatMoney(amountNanos, currency, locale),
        reason: t(`reason.${REASONS.find((known) => known === reason) ?? 'other'}`),
        url,
      };
      const consequence = isOver ? t('failureMail.over') : t('failureMail.again');
      return {
        subject: isOver ? t('failureMail.subjectOver') : t('failureMail.subject', values),
        text: t('failureMail.text', { ...values, consequence }),
      };
    },
  });
}

import type { Context } from '../../app/domain/context.ts';
import { writeToSubscriber } from '../../app/domain/subscriptions/index.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import { formatMoney } from '../../app/lib/money.ts';
import type { JobPayload } from '../jobs.ts';

export async function tellSubscriber(
  ctx: Context,
  { subscriptionId, notice }: JobPayload<'tell_subscriber'>,
): Promise<void> {
  await writeToSubscriber(ctx, {
    subscriptionId,
    write(recipientLocale, { service, plan, trialEndsAt, graceUntil }, url) {
      const locale = isLocale(recipientLocale) ? recipientLocale : DEFAULT_LOCALE;
      const t = translateIn(locale, 'payments');
      const until = notice === 'trial_ending' ? trialEndsAt : graceUntil;
      // It was paid, cancelled or changed since: a mail would be wrong by now.
      if ((notice === 'trial_ending' || notice === 'past_due') && !until) return null;
      const facts = {
        service: service.name,
        plan: plan.name,
        fee: formatMoney(plan.price.recurringNanos, plan.price.currency, locale),
        date: until
          ? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(until)
          : '',
        url,
      };
      return { subject: t(`mail.${notice}.subject`, facts), text: t(`mail.${notice}.text`, facts) };
    },
  });
}

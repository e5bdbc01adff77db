import type { Context } from '../../app/domain/context.ts';
import { tellOfDispute as tell } from '../../app/domain/disputes/index.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import type { JobPayload } from '../jobs.ts';

export async function tellOfDispute(
  ctx: Context,
  { disputeId, news }: JobPayload<'tell_of_dispute'>,
): Promise<void> {
  await tell(ctx, {
    disputeId,
    news,
    write(wanted, { status, answerBy, ...facts }) {
      const locale = isLocale(wanted) ? wanted : DEFAULT_LOCALE;
      const t = translateIn(locale, 'disputes');
      const texts = {
        ...facts,
        status: t(`status.${status}`),
        answerBy: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(answerBy),
      };
      const letter = letterOf(news, status);
      return { subject: t(`mail.${letter}.subject`, texts), text: t(`mail.${letter}.text`, texts) };
    },
  });
}

/** A dispute that the evidence ended at once was never open for anybody. */
function letterOf(
  news: JobPayload<'tell_of_dispute'>['news'],
  status: string,
): 'opened' | 'waiting' | 'decided' {
  if (news === 'opened') return status === 'open' ? 'opened' : 'decided';
  return news === 'decided' ? 'decided' : 'waiting';
}

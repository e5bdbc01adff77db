import type { Context } from '../../app/domain/context.ts';
import { recordVerdict } from '../../app/domain/verdicts/index.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';

export async function verifyLedger(ctx: Context): Promise<void> {
  await recordVerdict(ctx, {
    stripe: true,
    write(locale, facts) {
      const t = translateIn(isLocale(locale) ? locale : DEFAULT_LOCALE, 'ledger');
      return {
        subject: t('differenceMail.subject', { ...facts }),
        text: t('differenceMail.text', { ...facts }),
      };
    },
  });
}

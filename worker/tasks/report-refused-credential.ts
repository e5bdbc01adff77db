import type { Context } from '../../app/domain/context.ts';
import { reportRefusedCredential as report } from '../../app/domain/credentials/index.ts';
import { DEFAULT_LOCALE, isLocale } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import type { JobPayload } from '../jobs.ts';

export async function reportRefusedCredential(
  ctx: Context,
  { credentialId }: JobPayload<'report_refused_credential'>,
): Promise<void> {
  await report(ctx, {
    credentialId,
    write(locale, refused) {
      const t = translateIn(isLocale(locale) ? locale : DEFAULT_LOCALE, 'seller');
      return {
        subject: t('refusedCredentialMail.subject', { ...refused }),
        text: t('refusedCredentialMail.text', { ...refused }),
      };
    },
  });
}

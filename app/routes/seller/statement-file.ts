import type { LoaderFunctionArgs } from '@remix-run/node';
import { getSellerStatement } from '../../domain/earnings/index.ts';
import { fileResponse } from '../../http/file-response.ts';
import { requireSeller } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { statementCsv, statementPdf, type StatementTexts } from '../../http/statement-documents.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';

/** A month's statement as CSV or PDF; the same numbers as the page. */
export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, user, organization } = await requireSeller(args);
    const t = await getTranslation(args, 'payouts');
    const { searchParams } = new URL(args.request.url);
    const month = searchParams.get('month') ?? '';
    const statement = await getSellerStatement(ctx, { month, timeZone: user.timeZone });
    const texts: StatementTexts = {
      title: t('statement.title'),
      organization: organization.name,
      period: `${month} (${statement.timeZone})`,
      columns: [t('statement.what'), t('statement.count'), t('statement.amount')],
      opening: t('statement.opening'),
      closing: t('statement.closing'),
      lines: {
        usage: t('statement.kind.usage'),
        subscription_fee: t('statement.kind.subscription_fee'),
        volume_discount: t('statement.kind.volume_discount'),
        refund: t('statement.kind.refund'),
        platform_fee: t('statement.kind.platform_fee'),
        payout: t('statement.kind.payout'),
        payout_reversal: t('statement.kind.payout_reversal'),
        other: t('statement.kind.other'),
      },
    };
    const isPdf = searchParams.get('format') === 'pdf';
    const body = isPdf
      ? await ctx.pdf.render(statementPdf(statement, texts, await resolveLocale(args)))
      : statementCsv(statement, texts);
    return fileResponse(body, `statement-${month}.${isPdf ? 'pdf' : 'csv'}`);
  });
}

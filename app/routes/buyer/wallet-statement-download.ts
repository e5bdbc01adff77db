import type { LoaderFunctionArgs } from '@remix-run/node';
import { getWalletStatement } from '../../domain/wallets/index.ts';
import { fileResponse } from '../../http/file-response.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { statementFileName, toStatementCsv, toStatementPdf } from '../../http/wallet-statement-file.ts';
import { resolveLocale } from '../../i18n/server.ts';

/** GET /buyer/wallet/statement/download?format=csv|pdf&from&to */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  return pageLoader(args, async () => {
    const { searchParams } = new URL(args.request.url);
    const statement = await getWalletStatement(ctx, {
      from: searchParams.get('from') || undefined,
      to: searchParams.get('to') || undefined,
    });
    const locale = await resolveLocale(args);
    const isPdf = searchParams.get('format') === 'pdf';
    const body = isPdf ? await toStatementPdf(ctx, statement, locale) : toStatementCsv(statement, locale);
    return fileResponse(body, statementFileName(statement, isPdf ? 'pdf' : 'csv'));
  });
}

/** GET /buyer/invoices/:id/pdf and /csv, in the language of the invoice unless ?locale= names another. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import { getInvoice } from '../../domain/invoices/index.ts';
import { answerInvoiceFile } from '../../http/invoice-document.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  return pageLoader(args, async () => {
    const invoice = await getInvoice(ctx, { invoiceId: args.params['id'] ?? '' });
    return answerInvoiceFile(args, ctx, invoice);
  });
}

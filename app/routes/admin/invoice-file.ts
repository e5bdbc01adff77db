/** GET /admin/invoices/:id/pdf and /csv. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import { reviewInvoice } from '../../domain/invoices/index.ts';
import { answerInvoiceFile } from '../../http/invoice-document.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return pageLoader(args, async () => {
    const invoice = await reviewInvoice(ctx, { invoiceId: args.params['id'] ?? '' });
    return answerInvoiceFile(args, ctx, invoice);
  });
}

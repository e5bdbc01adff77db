/** GET /admin/invoices/:id/pdf and /csv. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import { reviewInvoice } from '../../domain/invoices/index.ts';
import { invoiceFile } from '../../http/invoice-document.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { AppError } from '../../lib/app-error.ts';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return pageLoader(args, async () => {
    const invoice = await reviewInvoice(ctx, { invoiceId: args.params['id'] ?? '' });
    const locale = new URL(args.request.url).searchParams.get('locale');
    const file = await invoiceFile((document) => ctx.pdf.render(document), invoice, {
      format: args.params['format'],
      locale,
    });
    if (!file) throw new AppError('not_found', 'There is no such file.');
    return file;
  });
}

import { getInvoice } from '../../domain/invoices/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { invoiceFile } from '../../http/invoice-document.ts';
import { AppError } from '../../lib/app-error.ts';

/** GET /api/v1/buyer/invoices/:id/files/pdf and /csv; `locale` asks for another language. */
export const loader = apiLoader(async ({ ctx, params, url }) => {
  const invoice = await getInvoice(ctx, { invoiceId: params['id'] ?? '' });
  const file = await invoiceFile((document) => ctx.pdf.render(document), invoice, {
    format: params['format'],
    locale: url.searchParams.get('locale'),
  });
  if (!file) throw new AppError('not_found', 'An invoice comes as pdf or csv.');
  return file;
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);

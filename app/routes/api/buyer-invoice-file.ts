import { getInvoice } from '../../domain/invoices/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { answerInvoiceFile } from '../../http/invoice-document.ts';

/** GET /api/v1/buyer/invoices/:id/files/pdf and /csv; `locale` asks for another language. */
export const loader = apiLoader(async ({ ctx, params, request }) => {
  const invoice = await getInvoice(ctx, { invoiceId: params['id'] ?? '' });
  return answerInvoiceFile({ params, request }, ctx, invoice);
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);

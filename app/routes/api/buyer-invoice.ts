import { getInvoice } from '../../domain/invoices/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { invoiceDetailAnswer } from '../../http/invoice-api-format.ts';

/** GET /api/v1/buyer/invoices/:id with its lines and credit notes. */
export const loader = apiLoader(async ({ ctx, params }) =>
  invoiceDetailAnswer(await getInvoice(ctx, { invoiceId: params['id'] ?? '' })),
);

export const action = apiMethodNotAllowed(['GET', 'HEAD']);

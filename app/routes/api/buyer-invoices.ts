import { listInvoices } from '../../domain/invoices/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { invoiceAnswer } from '../../http/invoice-api-format.ts';

/** GET /api/v1/buyer/invoices: the newest month first. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const asked = Math.trunc(Number(url.searchParams.get('page'))) || 1;
  const { items, page, pageCount, total } = await listInvoices(ctx, { page: Math.max(1, asked) });
  return { data: items.map(invoiceAnswer), page, page_count: pageCount, total };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);

import { listAllInvoices, type InvoiceQueue } from '../../domain/invoices/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { queuedInvoiceAnswer } from '../../http/invoice-api-format.ts';
import { toDecimal } from '../../lib/money.ts';

/** GET /api/v1/admin/invoices?queue=review|past_due|all&query=&page= */
export const loader = apiLoader(async ({ ctx, url }) => {
  const query = url.searchParams.get('query');
  const asked = Math.trunc(Number(url.searchParams.get('page'))) || 1;
  const found = await listAllInvoices(ctx, {
    queue: (url.searchParams.get('queue') ?? 'review') as InvoiceQueue,
    page: Math.max(1, asked),
    ...(query && { query }),
  });
  return {
    data: found.items.map(queuedInvoiceAnswer),
    page: found.page,
    page_count: found.pageCount,
    total: found.total,
    totals: {
      total: toDecimal(found.totals.totalNanos),
      due: toDecimal(found.totals.dueNanos),
      open: toDecimal(found.totals.openNanos),
    },
  };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);

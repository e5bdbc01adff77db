import type { Context } from '../../app/domain/context.ts';
import { finalizeInvoices as finalize } from '../../app/domain/invoices/index.ts';

export async function finalizeInvoices(ctx: Context): Promise<void> {
  await finalize(ctx);
}

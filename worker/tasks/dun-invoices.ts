import type { Context } from '../../app/domain/context.ts';
import { dunInvoices as dun } from '../../app/domain/invoices/index.ts';

export async function dunInvoices(ctx: Context): Promise<void> {
  await dun(ctx);
}

import type { Context } from '../../app/domain/context.ts';
import { draftInvoices as draft } from '../../app/domain/invoices/index.ts';

export async function draftInvoices(ctx: Context): Promise<void> {
  await draft(ctx);
}

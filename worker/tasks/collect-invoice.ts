import type { Context } from '../../app/domain/context.ts';
import { collectInvoice as collect } from '../../app/domain/invoices/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function collectInvoice(ctx: Context, payload: JobPayload<'collect_invoice'>): Promise<void> {
  await collect(ctx, payload);
}

import type { Context } from '../../app/domain/context.ts';
import { sendRefund as send } from '../../app/domain/payments/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function sendRefund(ctx: Context, payload: JobPayload<'send_refund'>): Promise<void> {
  await send(ctx, payload);
}

import type { Context } from '../../app/domain/context.ts';
import { sendMail as send } from '../../app/domain/mails/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function sendMail(ctx: Context, payload: JobPayload<'send_mail'>): Promise<void> {
  await send(ctx, payload);
}

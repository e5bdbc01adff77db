import { mails } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { newId } from '../../lib/ids.ts';
import type { Context } from '../context.ts';
import { queueMailSchema, type QueueMailInput } from './schemas.ts';

/**
 * Puts a mail in the outbox and asks a job to send it, both in the caller's transaction. Verbs call it
 * after they authorized the actor.
 * @returns the mail's id.
 */
export async function queueMail(ctx: Context, input: QueueMailInput): Promise<string> {
  const { to, subject, text, locale } = queueMailSchema.parse(input);
  const id = newId('mail');
  await ctx.db.transaction(async (tx) => {
    await tx.insert(mails).values({ id, toAddress: to, subject, textBody: text, locale });
    await enqueue(tx, 'send_mail', { mailId: id }, { jobKey: `send_mail:${id}` });
  });
  return id;
}

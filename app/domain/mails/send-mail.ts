import { and, eq, isNull } from 'drizzle-orm';
import { mails } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';

/**
 * Hands one mail of the outbox to the mailer. At least once: a crash between sending and noting it
 * sends again, under the same Message-ID.
 * @throws the mailer's error, so that the job is tried again.
 */
export async function sendMail(ctx: Context, input: { mailId: string }): Promise<void> {
  requireSystem(ctx);
  const waiting = and(eq(mails.id, input.mailId), isNull(mails.sentAt));
  const [mail] = await ctx.db.select().from(mails).where(waiting);
  if (!mail) return;
  await ctx.mailer.send({ id: mail.id, to: mail.toAddress, subject: mail.subject, text: mail.textBody });
  // In the outbox nothing leaves the house, so nothing was sent.
  if (ctx.mailer.kind === 'outbox') return;
  await ctx.db.update(mails).set({ sentAt: ctx.clock.date() }).where(waiting);
}

import { desc, lt } from 'drizzle-orm';
import { mails, type Mail } from '../../../db/schema/index.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { listMailsSchema, type ListMailsInput } from './schemas.ts';

/** The outbox, newest first; for administrators. */
export async function listMails(ctx: Context, input: ListMailsInput = {}): Promise<Mail[]> {
  requirePlatformAdmin(ctx);
  const { limit, before } = listMailsSchema.parse(input);
  return ctx.db
    .select()
    .from(mails)
    .where(before ? lt(mails.id, before) : undefined)
    .orderBy(desc(mails.id))
    .limit(limit);
}

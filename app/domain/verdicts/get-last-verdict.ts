import { desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { auditEvents } from '../../../db/schema/index.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

const storedSchema = z.object({
  ok: z.boolean(),
  transactions: z.number(),
  wallets: z.number(),
  stripe: z.boolean(),
  count: z.number(),
  problems: z.array(
    z.object({ check: z.string(), subject: z.string(), expected: z.string(), actual: z.string() }),
  ),
});

export interface StoredVerdict extends z.infer<typeof storedSchema> {
  checkedAt: Date;
}

/** What the last check of the books found; null before the first. */
export async function getLastVerdict(ctx: Context): Promise<StoredVerdict | null> {
  requirePlatformAdmin(ctx);
  const [event] = await ctx.db
    .select({ after: auditEvents.after, createdAt: auditEvents.createdAt })
    .from(auditEvents)
    .where(eq(auditEvents.action, 'ledger.verified'))
    .orderBy(desc(auditEvents.createdAt))
    .limit(1);
  return event ? { ...storedSchema.parse(event.after), checkedAt: event.createdAt } : null;
}

import { and, desc, eq, gt, sql } from 'drizzle-orm';
import { promotionalCredits, type PromotionalCredit } from '../../../db/schema/index.ts';
import { requireActor, requirePlatformAdmin, type Context } from '../context.ts';

/** A credit as its owner sees it. */
export type CreditView = Pick<
  PromotionalCredit,
  'id' | 'amountNanos' | 'remainingNanos' | 'expiresAt' | 'reason' | 'createdAt'
>;

const VIEW = {
  id: promotionalCredits.id,
  amountNanos: promotionalCredits.amountNanos,
  remainingNanos: promotionalCredits.remainingNanos,
  expiresAt: promotionalCredits.expiresAt,
  reason: promotionalCredits.reason,
  createdAt: promotionalCredits.createdAt,
};

/** What the acting organization has left of its credits, in the order they are spent. */
export async function listPromotionalCredits(ctx: Context): Promise<CreditView[]> {
  const { organizationId } = requireActor(ctx);
  return ctx.db
    .select(VIEW)
    .from(promotionalCredits)
    .where(
      and(eq(promotionalCredits.organizationId, organizationId), gt(promotionalCredits.remainingNanos, 0n)),
    )
    .orderBy(sql`${promotionalCredits.expiresAt} asc nulls last`, promotionalCredits.id)
    .limit(100);
}

/** Every credit that an organization ever got, the newest first. For administrators. */
export async function listCreditsOf(
  ctx: Context,
  { organizationId }: { organizationId: string },
): Promise<CreditView[]> {
  requirePlatformAdmin(ctx);
  return ctx.db
    .select(VIEW)
    .from(promotionalCredits)
    .where(eq(promotionalCredits.organizationId, organizationId))
    .orderBy(desc(promotionalCredits.id))
    .limit(200);
}

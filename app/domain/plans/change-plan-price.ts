import { desc, eq, sql } from 'drizzle-orm';
import { plans, priceVersions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnPlan } from './lock-own-plan.ts';
import { insertPriceVersion } from './insert-plan.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';
import { toDecimalPrice } from './price-of-plan.ts';
import { priceSchema, type PriceInput } from './schemas.ts';

const MAX_NOTICE_MS = 366 * 86_400_000;

export type ChangePlanPriceInput = PriceInput & { planId: string; effectiveFrom?: Date };

/**
 * Gives a plan a new price version; older ones stay, and calls made under them keep their price.
 * Subscribers of flat plans pay what they agreed to until they subscribe anew.
 * @param input.effectiveFrom absent: at once. Never before a version that exists.
 * @returns the plan with the price in effect, which is the old one until a later date comes.
 */
export async function changePlanPrice(
  ctx: Context,
  { planId, effectiveFrom, ...input }: ChangePlanPriceInput,
): Promise<PlanWithPrice> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const price = parseInput(priceSchema, input);
  const now = ctx.clock.now();
  if (effectiveFrom && !(effectiveFrom.getTime() > now && effectiveFrom.getTime() <= now + MAX_NOTICE_MS)) {
    throw new AppError('invalid_request', 'A price takes effect within the coming year.', {
      issues: [{ field: 'effectiveFrom', reason: 'invalid' }],
    });
  }
  return withTransaction(ctx, async (tx) => {
    const { plan } = await lockOwnPlan(tx.db, actor.organizationId, planId);
    if (plan.status === 'archived') throw new AppError('conflict', 'An archived plan keeps its price.');
    if (plan.kind !== price.kind) {
      throw new AppError('invalid_request', 'A plan keeps its kind; add another plan instead.', {
        issues: [{ field: 'kind', reason: 'invalid_choice' }],
      });
    }
    if (plan.kind === 'free') throw new AppError('conflict', 'A free plan has no price to change.');
    const [last] = await tx.db
      .select({
        version: priceVersions.version,
        effectiveFrom: priceVersions.effectiveFrom,
        // By the database clock, which also stamps new versions.
        isAhead: sql<boolean>`${priceVersions.effectiveFrom} > ${effectiveFrom?.toISOString() ?? sql`statement_timestamp()`}`,
      })
      .from(priceVersions)
      .where(eq(priceVersions.planId, planId))
      .orderBy(desc(priceVersions.version))
      .limit(1);
    if (last?.isAhead) {
      const when = last.effectiveFrom.toISOString();
      throw new AppError('conflict', `A new price is set for ${when} already; choose a later moment.`);
    }
    const [before] = await findPlansWithPrices(tx.db, eq(plans.id, planId));
    await insertPriceVersion(tx.db, {
      planId,
      organizationId: actor.organizationId,
      version: (last?.version ?? 0) + 1,
      price,
      effectiveFrom,
    });
    const [after] = await findPlansWithPrices(tx.db, eq(plans.id, planId));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.price_changed',
      subjectId: planId,
      before: before ? { version: before.price.version, ...toDecimalPrice(plan.kind, before.price) } : null,
      after: {
        version: (last?.version ?? 0) + 1,
        ...input,
        effectiveFrom: effectiveFrom?.toISOString() ?? null,
      },
    });
    return after!;
  });
}

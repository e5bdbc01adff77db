import { eq } from 'drizzle-orm';
import { plans } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { assertPriceFits } from './insert-plan.ts';
import { lockOwnPlan } from './lock-own-plan.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';
import { toGeneralPrice } from './price-of-plan.ts';
import { findPriceVersions, findUpcomingChanges, insertPriceVersion } from './price-versions.ts';
import { priceSchema, type PriceInput } from './schemas.ts';

const MAX_NOTICE_MS = 366 * 86_400_000;

export type ChangePlanPriceInput = PriceInput & {
  planId: string;
  /** Absent: at once. */
  effectiveFrom?: Date;
  /** Takes back prices announced for later moments. */
  replacesUpcoming?: boolean;
};

/**
 * Gives a plan a new price version; older ones stay, and calls made under them keep their price.
 * Subscribers of plans with a fee pay what they agreed to until they subscribe anew.
 *
 * Versions are never deleted. What was announced for a later moment is taken back by one more version
 * for the very same moment, of which the last counts.
 * @returns the plan with the price in effect, which is the old one until a later date comes.
 * @throws AppError `invalid_request`, `not_found`, `conflict` when a price is announced for later, when the
 *   plan is archived, and for a free plan, whose subscribers agreed to nothing else.
 */
export async function changePlanPrice(
  ctx: Context,
  { planId, effectiveFrom, replacesUpcoming = false, ...input }: ChangePlanPriceInput,
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
    const { plan, service } = await lockOwnPlan(tx.db, actor.organizationId, planId);
    if (plan.status === 'archived') throw new AppError('conflict', 'An archived plan keeps its price.');
    if (plan.kind === 'free') throw new AppError('conflict', 'A free plan has no price to change.');
    if (price.kind === 'free') {
      throw new AppError('invalid_request', 'A plan does not turn free; add a free plan instead.', {
        issues: [{ field: 'kind', reason: 'invalid_choice' }],
      });
    }
    assertPriceFits(service.kind, price);
    const versions = await findPriceVersions(tx.db, planId);
    const startsAt = effectiveFrom?.getTime() ?? 0;
    const isLater = (other: { effectiveFrom: Date }) => other.effectiveFrom.getTime() > startsAt;
    const announced = findUpcomingChanges(versions).filter(isLater);
    if (announced.length > 0 && !replacesUpcoming) {
      const when = announced[0]!.effectiveFrom.toISOString();
      throw new AppError(
        'conflict',
        `A new price is set for ${when} already; choose that or a later moment.`,
      );
    }
    const moments = new Set(
      versions
        .filter((other) => other.isUpcoming && isLater(other))
        .map((other) => other.effectiveFrom.getTime()),
    );
    const [before] = await findPlansWithPrices(tx.db, eq(plans.id, planId));
    let version = Math.max(0, ...versions.map((other) => other.version));
    const owner = { planId, organizationId: actor.organizationId, price };
    await insertPriceVersion(tx.db, { ...owner, version: ++version, effectiveFrom });
    for (const moment of [...moments].sort((a, b) => a - b)) {
      await insertPriceVersion(tx.db, { ...owner, version: ++version, effectiveFrom: new Date(moment) });
    }
    if (price.kind !== plan.kind) {
      // Until an announced price comes, only "custom" is true of both.
      await tx.db
        .update(plans)
        .set({ kind: effectiveFrom ? 'custom' : price.kind, updatedAt: ctx.clock.date() })
        .where(eq(plans.id, planId));
    }
    const [after] = await findPlansWithPrices(tx.db, eq(plans.id, planId));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.price_changed',
      subjectId: planId,
      before: before ? { version: before.price.version, ...toGeneralPrice(before.price) } : null,
      after: { version, ...toGeneralPrice(price), effectiveFrom: effectiveFrom?.toISOString() ?? null },
    });
    return after!;
  });
}

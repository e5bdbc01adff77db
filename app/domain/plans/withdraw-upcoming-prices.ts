import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnPlan } from './lock-own-plan.ts';
import { findPriceVersions, findUpcomingChanges, insertPriceVersion } from './price-versions.ts';

/**
 * Takes back every price that was announced and does not count yet. Versions stay as they are: for each
 * of their moments one more version is written that says what counts today, and of two the last counts.
 * @throws AppError `not_found`, `conflict` when nothing is announced.
 */
export async function withdrawUpcomingPrices(ctx: Context, input: { planId: string }): Promise<void> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const { plan } = await lockOwnPlan(tx.db, actor.organizationId, input.planId);
    const versions = await findPriceVersions(tx.db, plan.id);
    const announced = findUpcomingChanges(versions);
    const current = versions.filter(({ isUpcoming }) => !isUpcoming).at(-1);
    if (announced.length === 0 || !current) throw new AppError('conflict', 'No new price is announced.');
    let version = Math.max(...versions.map((other) => other.version));
    const moments = new Set(
      versions.filter(({ isUpcoming }) => isUpcoming).map(({ effectiveFrom }) => effectiveFrom.getTime()),
    );
    for (const moment of [...moments].sort((a, b) => a - b)) {
      await insertPriceVersion(tx.db, {
        planId: plan.id,
        organizationId: actor.organizationId,
        version: ++version,
        price: current,
        effectiveFrom: new Date(moment),
      });
    }
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.price_withdrawn',
      subjectId: plan.id,
      before: { versions: announced.map((other) => other.version) },
      after: { version },
    });
  });
}

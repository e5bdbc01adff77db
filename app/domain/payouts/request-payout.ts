import type { Payout } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { toDecimal } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockSellerBalance } from '../earnings/index.ts';
import { insertPayout } from './insert-payout.ts';
import { getPayoutSettings } from './payout-settings.ts';
import { findSellerAccount } from './start-onboarding.ts';

/**
 * Pays out what is available to the acting organization now, without waiting for the schedule.
 * @throws AppError `forbidden`, `conflict` (details `reason`: `account_not_ready`, `below_minimum`).
 */
export async function requestPayout(ctx: Context): Promise<Payout> {
  const { organizationId, userId } = requireRole(ctx, ['admin', 'billing']);
  const { minimumNanos } = await getPayoutSettings(ctx);
  const account = await findSellerAccount(ctx, organizationId);
  if (!account?.payoutsEnabled) {
    throw new AppError('conflict', 'Finish setting up your payout account first.', {
      details: { reason: 'account_not_ready' },
    });
  }
  const system: Context = { ...ctx, actor: { type: 'system', job: 'request_payout' } };
  return withTransaction(system, async (tx) => {
    await lockSellerBalance(tx, organizationId);
    const payout = await insertPayout(tx, organizationId, minimumNanos);
    if (!payout) {
      throw new AppError('conflict', `There is less than ${toDecimal(minimumNanos)} to pay out.`, {
        details: { reason: 'below_minimum', minimum: toDecimal(minimumNanos) },
      });
    }
    await appendAuditEvent(
      { ...ctx, db: tx.db },
      { organizationId, action: 'payout.requested', subjectId: payout.id, after: { by: userId } },
    );
    return payout;
  });
}

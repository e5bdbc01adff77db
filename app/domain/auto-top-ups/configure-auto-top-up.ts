import { eq, sql } from 'drizzle-orm';
import { autoTopUps } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { findPaymentMethod, getAutoTopUp, type AutoTopUpView } from './get-auto-top-up.ts';
import { configureAutoTopUpSchema, type ConfigureAutoTopUpInput } from './schemas.ts';

/**
 * Sets when and by how much the acting organization's wallet fills itself. Saving forgets earlier
 * failures: whoever saves has seen to them.
 * @throws AppError `forbidden`, `invalid_request` (also when no payment method is saved).
 */
export async function configureAutoTopUp(
  ctx: Context,
  input: ConfigureAutoTopUpInput,
): Promise<AutoTopUpView> {
  const { organizationId } = requireRole(ctx, ['admin', 'billing']);
  const settings = parseInput(configureAutoTopUpSchema, input);
  if (settings.enabled && !(await findPaymentMethod(ctx, organizationId))) {
    throw new AppError('invalid_request', 'Save a payment method first: nobody is there to enter one.', {
      issues: [{ field: 'enabled', reason: 'no_payment_method' }],
    });
  }
  await withTransaction(ctx, async (tx) => {
    const [before] = await tx.db
      .select()
      .from(autoTopUps)
      .where(eq(autoTopUps.organizationId, organizationId))
      .for('update');
    const values = { ...settings, failures: 0, lastError: null };
    await tx.db
      .insert(autoTopUps)
      .values({ organizationId, ...values })
      .onConflictDoUpdate({ target: autoTopUps.organizationId, set: { ...values, updatedAt: sql`now()` } });
    await appendAuditEvent(tx, {
      organizationId,
      action: 'auto_top_up.configured',
      subjectId: organizationId,
      before: before
        ? {
            enabled: before.enabled,
            thresholdNanos: before.thresholdNanos,
            amountNanos: before.amountNanos,
            monthlyLimitNanos: before.monthlyLimitNanos,
          }
        : null,
      after: settings,
    });
  });
  return getAutoTopUp(ctx);
}

import { taxRates, type TaxRate } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { addTaxRateSchema, type AddTaxRateInput } from './schemas.ts';

/**
 * Says what tax buyers of a country pay from a moment on.
 * @throws AppError `already_exists`, `invalid_request`.
 */
export async function addTaxRate(ctx: Context, input: AddTaxRateInput): Promise<TaxRate> {
  requirePlatformAdmin(ctx);
  const { effectiveFrom = ctx.clock.date(), ...rate } = parseInput(addTaxRateSchema, input);
  return withTransaction(ctx, async (tx) => {
    const [added] = await tx.db
      .insert(taxRates)
      .values({ id: newId('taxRate'), ...rate, effectiveFrom })
      .onConflictDoNothing()
      .returning();
    if (!added) {
      throw new AppError('already_exists', 'This country has a rate from that moment on already.', {
        issues: [{ field: 'effectiveFrom', reason: 'taken' }],
      });
    }
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'tax_rate.added',
      subjectId: added.id,
      after: { ...rate, effectiveFrom },
    });
    return added;
  });
}

import { billingProfiles, type InvoiceParty } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { billingProfileOf, type BillingProfileView } from './get-billing-profile.ts';
import { saveBillingProfileSchema, type SaveBillingProfileInput } from './schemas.ts';

/**
 * What stands on the acting organization's invoices from now on, drafts included. Finalized ones keep
 * what they say; Stripe hears of it through a job.
 * @throws AppError `forbidden`, `invalid_request`.
 */
export async function saveBillingProfile(
  ctx: Context,
  input: SaveBillingProfileInput,
): Promise<BillingProfileView> {
  const { organizationId } = requireRole(ctx, ['admin', 'billing']);
  const {
    name,
    address,
    country,
    email,
    taxId,
    taxIdType = null,
    locale,
  } = parseInput(saveBillingProfileSchema, input);
  const party: InvoiceParty = {
    name,
    address,
    ...(country && { country }),
    ...(taxId && { taxId }),
    ...(email && { email }),
  };
  const savedAt = ctx.clock.date();
  return withTransaction(ctx, async (tx) => {
    const before = await billingProfileOf(tx, organizationId);
    await tx.db
      .insert(billingProfiles)
      .values({ organizationId, party, taxIdType, locale, updatedAt: savedAt })
      .onConflictDoUpdate({
        target: billingProfiles.organizationId,
        set: { party, taxIdType, locale, updatedAt: savedAt },
      });
    await appendAuditEvent(tx, {
      organizationId,
      action: 'billing_profile.saved',
      subjectId: organizationId,
      before: { party: before.party, taxIdType: before.taxIdType, locale: before.locale },
      after: { party, taxIdType, locale },
    });
    await enqueue(
      tx.db,
      'push_billing_profile',
      { organizationId },
      { jobKey: `push_billing_profile:${organizationId}` },
    );
    return { party, taxIdType, locale, savedAt };
  });
}

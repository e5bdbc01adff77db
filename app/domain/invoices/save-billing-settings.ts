import { eq } from 'drizzle-orm';
import { platformSettings } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { readBillingSettings } from './billing-settings.ts';
import { saveBillingSettingsSchema, type SaveBillingSettingsInput } from './schemas.ts';

/** Changes issuer, series, windows and limits for invoices that are not finalized yet. */
export async function saveBillingSettings(ctx: Context, input: SaveBillingSettingsInput): Promise<void> {
  requirePlatformAdmin(ctx);
  const { issuer, ...rest } = parseInput(saveBillingSettingsSchema, input);
  const { name, address, country, taxId, email } = issuer;
  const settings = {
    ...rest,
    issuer: { name, address, ...(country && { country }), ...(taxId && { taxId }), ...(email && { email }) },
  };
  await withTransaction(ctx, async (tx) => {
    const before = await readBillingSettings(tx);
    await tx.db.update(platformSettings).set(settings).where(eq(platformSettings.id, 1));
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'billing_settings.saved',
      before: { ...before, ...decimals(before) },
      after: { ...settings, ...decimals(settings) },
    });
  });
}

function decimals(settings: { autoFinalizeNanos: bigint | null; secondApproverNanos: bigint }) {
  return {
    autoFinalizeNanos: settings.autoFinalizeNanos?.toString() ?? null,
    secondApproverNanos: settings.secondApproverNanos.toString(),
  };
}

import { eq } from 'drizzle-orm';
import { platformSettings } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { updatePayoutSettingsSchema, type UpdatePayoutSettingsInput } from './schemas.ts';

export interface PayoutSettings {
  /** Days that earnings wait before they can be paid out. */
  holdDays: number;
  minimumNanos: Nanos;
  interval: 'daily' | 'weekly' | 'monthly';
}

/** When and from how much on sellers are paid; everybody may know. */
export async function getPayoutSettings(ctx: Context): Promise<PayoutSettings> {
  const [settings] = await ctx.db
    .select({
      holdDays: platformSettings.payoutHoldDays,
      minimumNanos: platformSettings.payoutMinimumNanos,
      interval: platformSettings.payoutInterval,
    })
    .from(platformSettings)
    .where(eq(platformSettings.id, 1));
  if (!settings) throw new Error('the platform has no settings');
  return settings;
}

/** @throws AppError `forbidden` for all but platform administrators, `invalid_request`. */
export async function updatePayoutSettings(ctx: Context, input: UpdatePayoutSettingsInput): Promise<void> {
  requirePlatformAdmin(ctx);
  const { holdDays, minimumNanos, interval } = parseInput(updatePayoutSettingsSchema, input);
  await withTransaction(ctx, async (tx) => {
    const before = await getPayoutSettings(tx);
    await tx.db
      .update(platformSettings)
      .set({ payoutHoldDays: holdDays, payoutMinimumNanos: minimumNanos, payoutInterval: interval })
      .where(eq(platformSettings.id, 1));
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'payout_settings.updated',
      before: { ...before },
      after: { holdDays, minimumNanos, interval },
    });
  });
}

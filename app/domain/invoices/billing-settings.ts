/** What administrators say about invoices; one row for the whole platform. */
import { eq } from 'drizzle-orm';
import { platformSettings } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';

export type BillingSettings = Pick<
  typeof platformSettings.$inferSelect,
  | 'issuer'
  | 'invoiceSeries'
  | 'invoiceDraftHours'
  | 'autoFinalizeNanos'
  | 'secondApproverNanos'
  | 'invoiceDueDays'
  | 'dunningDays'
  | 'dunningGraceDays'
>;

export const BILLING_SETTINGS_COLUMNS = {
  issuer: platformSettings.issuer,
  invoiceSeries: platformSettings.invoiceSeries,
  invoiceDraftHours: platformSettings.invoiceDraftHours,
  autoFinalizeNanos: platformSettings.autoFinalizeNanos,
  secondApproverNanos: platformSettings.secondApproverNanos,
  invoiceDueDays: platformSettings.invoiceDueDays,
  dunningDays: platformSettings.dunningDays,
  dunningGraceDays: platformSettings.dunningGraceDays,
};

export async function readBillingSettings(ctx: Pick<Context, 'db'>): Promise<BillingSettings> {
  const only = eq(platformSettings.id, 1);
  const [settings] = await ctx.db.select(BILLING_SETTINGS_COLUMNS).from(platformSettings).where(only);
  if (settings) return settings;
  await ctx.db.insert(platformSettings).values({ id: 1 }).onConflictDoNothing();
  const [made] = await ctx.db.select(BILLING_SETTINGS_COLUMNS).from(platformSettings).where(only);
  if (!made) throw new Error('there are no settings');
  return made;
}

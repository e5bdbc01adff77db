import { and, eq, sql } from 'drizzle-orm';
import { autoTopUps, paymentMethods, type AutoTopUp, type PaymentMethod } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';

export interface AutoTopUpView {
  /** Null while nobody has set it up. */
  settings: Pick<
    AutoTopUp,
    | 'enabled'
    | 'thresholdNanos'
    | 'amountNanos'
    | 'monthlyLimitNanos'
    | 'failures'
    | 'lastAttemptAt'
    | 'lastError'
  > | null;
  /** What is charged; null: none is saved. */
  paymentMethod: Pick<PaymentMethod, 'brand' | 'lastFour' | 'expiryMonth' | 'expiryYear'> | null;
  /** Charged, or being charged, in this month of the organization. */
  chargedThisMonthNanos: Nanos;
}

/** The acting organization's automatic top-up. */
export async function getAutoTopUp(ctx: Context): Promise<AutoTopUpView> {
  const { organizationId } = requireActor(ctx);
  const [settings] = await ctx.db
    .select({
      enabled: autoTopUps.enabled,
      thresholdNanos: autoTopUps.thresholdNanos,
      amountNanos: autoTopUps.amountNanos,
      monthlyLimitNanos: autoTopUps.monthlyLimitNanos,
      failures: autoTopUps.failures,
      lastAttemptAt: autoTopUps.lastAttemptAt,
      lastError: autoTopUps.lastError,
    })
    .from(autoTopUps)
    .where(eq(autoTopUps.organizationId, organizationId));
  const paymentMethod = await findPaymentMethod(ctx, organizationId);
  return {
    settings: settings ?? null,
    paymentMethod: paymentMethod && {
      brand: paymentMethod.brand,
      lastFour: paymentMethod.lastFour,
      expiryMonth: paymentMethod.expiryMonth,
      expiryYear: paymentMethod.expiryYear,
    },
    chargedThisMonthNanos: await sumOfMonth(ctx, organizationId),
  };
}

/** The saved payment method that is charged when nobody is there. */
export async function findPaymentMethod(ctx: Context, organizationId: string): Promise<PaymentMethod | null> {
  const [found] = await ctx.db
    .select()
    .from(paymentMethods)
    .where(and(eq(paymentMethods.organizationId, organizationId), eq(paymentMethods.isDefault, true)));
  return found ?? null;
}

/** What automatic top-ups of this month came to, those under way included. */
export async function sumOfMonth(ctx: Context, organizationId: string): Promise<Nanos> {
  const [row] = await ctx.db.execute<{ sum: string }>(sql`
    select coalesce(sum(c.amount_nanos), 0)::text as sum from checkouts c
    join organizations o on o.id = c.organization_id
    where c.organization_id = ${organizationId} and c.kind = 'auto_top_up' and c.status in ('open', 'paid')
      and c.created_at >= window_start('month', o.time_zone, ${ctx.clock.date().toISOString()}::timestamptz)`);
  return BigInt(row?.sum ?? '0');
}

import { desc, eq, ilike, or, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import {
  chargebacks,
  checkouts,
  organizations,
  refunds,
  subscriptionFees,
  type Chargeback,
  type Refund,
} from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { searchPaymentsSchema, type SearchPaymentsInput } from './schemas.ts';

export interface PaymentRow {
  /** What a refund names: checkout id, or Stripe's invoice id. */
  reference: string;
  kind: 'wallet_top_up' | 'subscription' | 'auto_top_up' | 'subscription_fee';
  status: 'open' | 'paid' | 'expired' | 'failed';
  organizationId: string;
  organization: string;
  currency: string;
  /** What was received. */
  amountNanos: Nanos;
  refundedNanos: Nanos;
  /** Zero where there is nothing, or no card, to send it back to. */
  refundableNanos: Nanos;
  stripePaymentIntentId: string | null;
  createdAt: Date;
}

export interface PaymentsOverview {
  payments: PaymentRow[];
  refunds: (Refund & { organization: string })[];
  chargebacks: (Chargeback & { organization: string })[];
}

/** Payments, refunds and chargebacks of everybody, newest first, for administrators. */
export async function listPayments(ctx: Context, input: SearchPaymentsInput = {}): Promise<PaymentsOverview> {
  requirePlatformAdmin(ctx);
  const { q, limit } = parseInput(searchPaymentsSchema, input);
  const [top, fees, refunded, charged] = await Promise.all([
    listCheckouts(ctx, q, limit),
    listFees(ctx, q, limit),
    ctx.db
      .select({ row: refunds, organization: organizations.name })
      .from(refunds)
      .innerJoin(organizations, eq(organizations.id, refunds.organizationId))
      .where(matches(q, [refunds.id, refunds.reference, refunds.stripeRefundId]))
      .orderBy(desc(refunds.createdAt))
      .limit(limit),
    ctx.db
      .select({ row: chargebacks, organization: organizations.name })
      .from(chargebacks)
      .innerJoin(organizations, eq(organizations.id, chargebacks.organizationId))
      .where(matches(q, [chargebacks.id, chargebacks.checkoutId, chargebacks.invoiceId]))
      .orderBy(desc(chargebacks.createdAt))
      .limit(limit),
  ]);
  const newestFirst = [...top, ...fees].toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  return {
    payments: newestFirst.slice(0, limit),
    refunds: refunded.map(({ row, organization }) => ({ ...row, organization })),
    chargebacks: charged.map(({ row, organization }) => ({ ...row, organization })),
  };
}

/** Nothing typed: everything. */
function matches(q: string, columns: PgColumn[]): SQL | undefined {
  if (q === '') return undefined;
  const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`;
  return or(...[organizations.id, organizations.name, ...columns].map((column) => ilike(column, pattern)));
}

async function listCheckouts(ctx: Context, q: string, limit: number): Promise<PaymentRow[]> {
  const rows = await ctx.db
    .select({ row: checkouts, organization: organizations.name, feeId: subscriptionFees.id })
    .from(checkouts)
    .innerJoin(organizations, eq(organizations.id, checkouts.organizationId))
    .leftJoin(subscriptionFees, eq(subscriptionFees.reference, checkouts.id))
    .where(matches(q, [checkouts.id, checkouts.stripePaymentIntentId, checkouts.stripeSessionId]))
    .orderBy(desc(checkouts.createdAt))
    .limit(limit);
  // A first fee is listed as the fee that it is.
  return rows.flatMap(({ row, organization, feeId }) => {
    if (feeId !== null) return [];
    const received = row.status === 'paid' ? row.amountNanos - row.discountNanos : row.amountNanos;
    const canGoBack = row.status === 'paid' && row.stripePaymentIntentId !== null;
    return {
      reference: row.id,
      kind: row.kind,
      status: row.status,
      organizationId: row.organizationId,
      organization,
      currency: row.currency,
      amountNanos: received,
      refundedNanos: row.refundedNanos,
      refundableNanos: canGoBack ? received - row.refundedNanos : 0n,
      stripePaymentIntentId: row.stripePaymentIntentId,
      createdAt: row.createdAt,
    };
  });
}

async function listFees(ctx: Context, q: string, limit: number): Promise<PaymentRow[]> {
  const rows = await ctx.db
    .select({ row: subscriptionFees, organization: organizations.name })
    .from(subscriptionFees)
    .innerJoin(organizations, eq(organizations.id, subscriptionFees.organizationId))
    .where(
      matches(q, [subscriptionFees.id, subscriptionFees.reference, subscriptionFees.stripePaymentIntentId]),
    )
    .orderBy(desc(subscriptionFees.paidAt))
    .limit(limit);
  return rows.map(({ row, organization }) => ({
    reference: row.id,
    kind: 'subscription_fee',
    status: 'paid',
    organizationId: row.organizationId,
    organization,
    currency: row.currency,
    amountNanos: row.amountNanos,
    refundedNanos: row.refundedNanos,
    refundableNanos: row.stripePaymentIntentId ? row.amountNanos - row.refundedNanos : 0n,
    stripePaymentIntentId: row.stripePaymentIntentId,
    createdAt: row.paidAt,
  }));
}

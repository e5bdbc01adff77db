/** The columns of reports: one list for the page, the files and the API, so that they cannot differ. */
import type { BillingTotals } from '../domain/reports/index.ts';
import type { Perspective } from '../domain/reports/schemas.ts';
import type { UsageTotals } from '../domain/usage/index.ts';
import type { Nanos } from '../lib/money.ts';

export const USAGE_COLUMNS = [
  'calls',
  'errors',
  'averageMs',
  'p50Ms',
  'p95Ms',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'requestBytes',
  'responseBytes',
  'charge',
] as const;
export type UsageColumn = (typeof USAGE_COLUMNS)[number];

export const BILLING_COLUMNS = [
  'usage',
  'wallet',
  'promo',
  'credit',
  'subscription',
  'refunded',
  'discount',
  'net',
  'fee',
  'earned',
] as const;
export type BillingColumn = (typeof BILLING_COLUMNS)[number];

export type ReportValue = { count: number | null } | { nanos: Nanos };

/** What paid is the buyer's business, the platform's share the seller's. */
export function billingColumns(perspective: Perspective): readonly BillingColumn[] {
  if (perspective === 'admin') return BILLING_COLUMNS;
  const hidden: readonly BillingColumn[] =
    perspective === 'buyer' ? ['fee', 'earned'] : ['wallet', 'promo', 'credit'];
  return BILLING_COLUMNS.filter((column) => !hidden.includes(column));
}

export function usageValue(totals: UsageTotals, column: UsageColumn): ReportValue {
  if (column === 'charge') return { nanos: totals.chargeNanos };
  const value = totals[column];
  return { count: value === null ? null : Math.round(value) };
}

export function billingValue(totals: BillingTotals, column: BillingColumn): ReportValue {
  if (column === 'earned') return { nanos: totals.netNanos - totals.feeNanos };
  return { nanos: totals[`${column}Nanos`] };
}

/** Payouts, statements and refunds as the API answers them. */
import type { Payout } from '../../db/schema/index.ts';
import type { SellerStatement } from '../domain/earnings/index.ts';
import type { RefundView } from '../domain/refunds/index.ts';
import { toDecimal } from '../lib/money.ts';

export function payoutAnswer(payout: Payout) {
  return {
    id: payout.id,
    status: payout.status,
    currency: payout.currency,
    amount: toDecimal(payout.amountNanos),
    reversed: toDecimal(payout.reversedNanos),
    failure: payout.failure,
    created_at: payout.createdAt,
    paid_at: payout.paidAt,
  };
}

export function statementAnswer(statement: SellerStatement) {
  return {
    currency: statement.currency,
    month: statement.month,
    time_zone: statement.timeZone,
    from: statement.from,
    to: statement.to,
    opening: toDecimal(statement.openingNanos),
    lines: statement.lines.map(({ kind, amountNanos, count }) => ({
      kind,
      amount: toDecimal(amountNanos),
      count,
    })),
    closing: toDecimal(statement.closingNanos),
  };
}

/** @param withFee sellers see the platform's share that went back with it. */
export function refundAnswer(refund: RefundView, withFee: boolean) {
  return {
    id: refund.id,
    kind: refund.kind,
    reference: refund.reference,
    api_name: refund.serviceName,
    currency: refund.currency,
    amount: toDecimal(refund.amountNanos),
    ...(withFee && { fee: toDecimal(refund.feeNanos) }),
    destination: refund.destination,
    status: refund.status,
    created_at: refund.createdAt,
  };
}

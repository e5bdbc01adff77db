/** Payouts, statements and refunds in the OpenAPI document: operations and their schemas. */
import type { Operation } from './document.ts';
import { count, instant, list, money, nullable, object, ref, text, type Schema } from './shapes.ts';

const BEFORE = { before: 'Id; only what is older.' };

export const payoutOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/seller/payouts': {
    get: {
      id: 'listPayouts',
      summary: 'What can be paid out, when, and what was',
      tag: 'Selling',
      query: BEFORE,
      answer: 'PayoutList',
    },
    post: {
      id: 'requestPayout',
      summary: 'Pay out what is available now',
      tag: 'Selling',
      answer: 'Payout',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/seller/statement': {
    get: {
      id: 'getSellerStatement',
      summary: 'Opening balance, movements and closing balance of a month',
      tag: 'Selling',
      query: { month: '2026-11; the current one when absent.', time_zone: 'IANA name; UTC when absent.' },
      answer: 'SellerStatement',
    },
  },
  '/api/v1/seller/refunds': {
    get: {
      id: 'listSellerRefunds',
      summary: 'What went back to your buyers',
      tag: 'Selling',
      query: BEFORE,
      answer: 'RefundList',
    },
  },
  '/api/v1/buyer/refunds': {
    get: {
      id: 'listRefunds',
      summary: 'What was paid back to you',
      tag: 'Buying',
      query: BEFORE,
      answer: 'RefundList',
    },
  },
};

export const payoutSchemas: Record<string, Schema> = {
  Payout: object({
    id: text(),
    status: text('pending, in_transit, paid, failed or reversed.'),
    currency: text(),
    amount: money,
    reversed: money,
    failure: nullable(text("Stripe's reason.")),
    created_at: instant,
    paid_at: nullable(instant),
  }),
  PayoutList: object({
    currency: text(),
    available: text('Exact decimal amount; negative when refunds took more than was there.'),
    pending: money,
    in_transit: money,
    account: text('none, incomplete, in_review or ready.'),
    hold_days: count,
    minimum: money,
    interval: text('daily, weekly or monthly.'),
    data: list(ref('Payout')),
  }),
  SellerStatement: object({
    currency: text(),
    month: text(),
    time_zone: text(),
    from: instant,
    to: instant,
    opening: money,
    lines: list(
      object({
        kind: text(
          'usage, subscription_fee, volume_discount, refund, platform_fee, payout, payout_reversal or other.',
        ),
        amount: text('Exact decimal amount, signed.'),
        count,
      }),
    ),
    closing: money,
  }),
  Refund: object(
    {
      id: text(),
      kind: text('call, subscription_fee, wallet or invoice.'),
      reference: text('Request id, or what else was paid back.'),
      api_name: nullable(text()),
      currency: text(),
      amount: money,
      fee: text("The platform's share that went back with it; for sellers."),
      destination: text('source: to what paid for it; card.'),
      status: text('pending, succeeded or failed.'),
      created_at: instant,
    },
    ['fee'],
  ),
  RefundList: object({ data: list(ref('Refund')) }),
};

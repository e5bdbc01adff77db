/** Reports and receipts in the OpenAPI document. */
import type { Operation } from './document.ts';
import { RANGE } from './shapes.ts';

const REPORT = {
  ...RANGE,
  perspective: 'buyer (the default), seller or admin.',
  granularity: 'hour (at most 31 days), day (the default), week or month, in the time zone.',
  group_by:
    'none (the default), service, plan, model, key (buyers), seller (buyers), buyer (sellers); administrators: all but key.',
  service: 'Id or slug: only its calls.',
  key: 'Id of a key of yours: only its calls.',
  model: 'Only calls of this model.',
  format: 'json (the default), csv or pdf.',
};

export const reportingOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/receipts': {
    get: {
      id: 'exportReceipts',
      summary: 'Signed receipts, one on each line (JSONL), chain by chain; also with a key',
      tag: 'Accounts',
      query: {
        perspective: 'buyer (the default) or seller.',
        key: 'Id of a key: only its chain.',
        from: 'ISO date or time.',
        to: 'ISO date or time, exclusive.',
        after: 'Sequence in the chain; receipts after it.',
        limit: 'At most 10000.',
      },
      answer: 'Receipt',
    },
  },
  '/api/v1/receipts/keys': {
    get: {
      id: 'listReceiptKeys',
      summary: 'Public keys that receipts verify with; also at /.well-known/tollgate-receipt-keys.json',
      tag: 'Accounts',
      answer: 'ReceiptKeys',
      auth: 'none',
    },
  },
  '/api/v1/receipts/{requestId}': {
    get: {
      id: 'getReceipt',
      summary: 'The signed receipt of a charged call, for its buyer and its seller; also with a key',
      tag: 'Accounts',
      answer: 'Receipt',
      errors: [404],
    },
  },
  '/api/v1/reports/usage': {
    get: {
      id: 'reportUsage',
      summary:
        'Calls, errors, latency, tokens and cost of a range; also at /api/reports/usage, and with a key',
      tag: 'Accounts',
      query: REPORT,
      answer: 'UsageReport',
      errors: [403],
    },
  },
  '/api/v1/reports/billing': {
    get: {
      id: 'reportBilling',
      summary:
        'What a range cost, what paid and what went back; also at /api/reports/billing, and with a key',
      tag: 'Accounts',
      query: REPORT,
      answer: 'BillingReport',
      errors: [403],
    },
  },
};

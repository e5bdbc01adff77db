/** Disputes in the OpenAPI document: operations and their schemas. */
import type { Operation } from './document.ts';
import { count, instant, list, money, nullable, object, page, ref, text, type Schema } from './shapes.ts';

const LISTED = { status: 'open, refunded, rejected or withdrawn; all when absent.', page: 'From 1.' };

export const disputeOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/buyer/disputes': {
    get: {
      id: 'listDisputes',
      summary: 'Charges that you contest',
      tag: 'Buying',
      query: LISTED,
      answer: 'DisputePage',
    },
    post: {
      id: 'openDispute',
      summary: 'Contest charged calls of one service; clear cases are refunded at once',
      tag: 'Buying',
      body: 'NewDispute',
      answer: 'Dispute',
      status: 201,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/buyer/disputes/{id}': {
    get: {
      id: 'getDispute',
      summary: 'A dispute with its evidence',
      tag: 'Buying',
      answer: 'Dispute',
      errors: [404],
    },
  },
  '/api/v1/buyer/disputes/{id}/withdraw': {
    post: {
      id: 'withdrawDispute',
      summary: 'Give up what is still open',
      tag: 'Buying',
      answer: 'Dispute',
      errors: [404, 409],
    },
  },
  '/api/v1/seller/disputes': {
    get: {
      id: 'listSellerDisputes',
      summary: 'Charges of your services that buyers contest',
      tag: 'Selling',
      query: LISTED,
      answer: 'DisputePage',
    },
  },
  '/api/v1/seller/disputes/{id}': {
    get: {
      id: 'getSellerDispute',
      summary: 'A dispute about one of your services',
      tag: 'Selling',
      answer: 'Dispute',
      errors: [404],
    },
  },
  '/api/v1/seller/disputes/{id}/answer': {
    post: {
      id: 'answerDispute',
      summary: 'Accept a dispute and refund, or explain the charge',
      tag: 'Selling',
      body: 'DisputeAnswer',
      answer: 'Dispute',
      errors: [403, 404, 409],
    },
  },
  '/api/v1/admin/disputes': {
    get: {
      id: 'listAllDisputes',
      summary: 'Disputes of everybody',
      tag: 'Administration',
      query: LISTED,
      answer: 'DisputePage',
      errors: [403],
    },
  },
  '/api/v1/admin/disputes/{id}': {
    get: {
      id: 'getAnyDispute',
      summary: 'Any dispute with its evidence',
      tag: 'Administration',
      answer: 'Dispute',
      errors: [403, 404],
    },
  },
  '/api/v1/admin/disputes/{id}/decision': {
    post: {
      id: 'decideDispute',
      summary: 'Refund calls of a dispute, or reject it',
      tag: 'Administration',
      body: 'DisputeDecision',
      answer: 'Dispute',
      errors: [403, 404, 409],
    },
  },
};

const fields = {
  id: text(),
  status: text('open, refunded, rejected or withdrawn.'),
  reason: text(),
  description: text(),
  suggestion: text('What the evidence says: refund, reject or review.'),
  service: object({ id: text(), slug: text(), name: text() }),
  buyer: text(),
  seller: text(),
  calls: count,
  disputed: money,
  refunded: money,
  seller_answer: nullable(text()),
  answer_by: instant,
  decision: nullable(text()),
  created_at: instant,
  decided_at: nullable(instant),
};

export const disputeSchemas: Record<string, Schema> = {
  NewDispute: object(
    {
      request_ids: list(text('Single calls of one service; otherwise the three fields below.')),
      service_id: text(),
      from: instant,
      to: instant,
      reason: text('upstream_error, duplicate, wrong_amount, wrong_answer, unauthorized or other.'),
      description: text(),
    },
    ['request_ids', 'service_id', 'from', 'to', 'description'],
  ),
  DisputeAnswer: object({ answer: text('accept or contest.'), text: text() }, ['text']),
  DisputeDecision: object(
    {
      decision: text('refund or reject.'),
      request_ids: list(text('Only these calls; all that are left when absent.')),
      note: text('Both parties read it.'),
    },
    ['request_ids'],
  ),
  DisputedCall: object({
    request_id: text(),
    charge: money,
    refund_id: nullable(text()),
    occurred_at: instant,
    method: text(),
    status_code: count,
    terminal_state: text(),
    fault: text(),
    error_code: nullable(text()),
    attempts: count,
    first_byte_ms: nullable(count),
    total_ms: count,
    request_bytes: count,
    response_bytes: count,
    model: nullable(text()),
    served_model: nullable(text()),
    input_tokens: nullable(count),
    output_tokens: nullable(count),
    usage_source: nullable(text()),
    receipt_hash: nullable(text()),
    duplicate_of: nullable(text('An earlier call with the same Idempotency-Key.')),
    similar_calls: count,
  }),
  DisputeSummary: object(fields),
  Dispute: object({ ...fields, evidence: list(ref('DisputedCall')) }),
  DisputePage: page('DisputeSummary'),
};

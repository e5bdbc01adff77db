/** JSON of disputes: snake_case, money as decimal strings. */
import { z } from 'zod';
import type {
  DisputeDetail,
  DisputePage,
  DisputePerspective,
  DisputeView,
  OpenDisputeInput,
} from '../domain/disputes/index.ts';
import { toDecimal } from '../lib/money.ts';
import type { ApiCall } from './api.ts';
import { loadDisputes } from './dispute-list.ts';
import { withWireFields } from './wire-fields.ts';

const text = z.string();

export const openDisputeBody = z.strictObject({
  request_ids: z.array(text).optional(),
  service_id: text.optional(),
  from: text.optional(),
  to: text.optional(),
  reason: text,
  description: text.optional(),
});

export const answerDisputeBody = z.strictObject({ answer: text, text: text.optional() });
export const decideDisputeBody = z.strictObject({
  decision: text,
  request_ids: z.array(text).optional(),
  note: text,
});

const WIRE_NAMES: Record<string, string> = { requestIds: 'request_ids', serviceId: 'service_id' };

/** Runs a verb whose complaints name fields as callers wrote them. */
export const withDisputeFields = <T>(run: () => Promise<T>): Promise<T> =>
  withWireFields((field) => WIRE_NAMES[field] ?? field, run);

/** What a value may be is the domain's business; a time that is none stays visible as such. */
export function toOpenDispute(body: z.output<typeof openDisputeBody>): OpenDisputeInput {
  const { request_ids, service_id, from, to, ...rest } = body;
  return {
    ...rest,
    requestIds: request_ids,
    serviceId: service_id,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  } as OpenDisputeInput;
}

function viewAnswer(dispute: DisputeView) {
  return {
    id: dispute.id,
    status: dispute.status,
    reason: dispute.reason,
    description: dispute.description,
    suggestion: dispute.suggestion,
    service: { id: dispute.serviceId, slug: dispute.serviceSlug, name: dispute.serviceName },
    buyer: dispute.buyerName,
    seller: dispute.sellerName,
    calls: dispute.calls,
    disputed: toDecimal(dispute.disputedNanos),
    refunded: toDecimal(dispute.refundedNanos),
    seller_answer: dispute.sellerAnswer,
    answer_by: dispute.answerBy,
    decision: dispute.decision,
    created_at: dispute.createdAt,
    decided_at: dispute.decidedAt,
  };
}

export function disputeAnswer(dispute: DisputeDetail) {
  return {
    ...viewAnswer(dispute),
    evidence: dispute.callList.map(({ requestId, chargeNanos, refundId, evidence }) => ({
      request_id: requestId,
      charge: toDecimal(chargeNanos),
      refund_id: refundId,
      occurred_at: evidence.occurredAt,
      method: evidence.method,
      status_code: evidence.statusCode,
      terminal_state: evidence.terminalState,
      fault: evidence.fault,
      error_code: evidence.errorCode,
      attempts: evidence.attempts,
      first_byte_ms: evidence.firstByteMs,
      total_ms: evidence.totalMs,
      request_bytes: evidence.requestBytes,
      response_bytes: evidence.responseBytes,
      model: evidence.model,
      served_model: evidence.servedModel,
      input_tokens: evidence.inputTokens,
      output_tokens: evidence.outputTokens,
      usage_source: evidence.usageSource,
      receipt_hash: evidence.receiptHash,
      duplicate_of: evidence.duplicateOf,
      similar_calls: evidence.similarCalls,
    })),
  };
}

function pageAnswer({ items, page, pageCount, total }: DisputePage) {
  return { data: items.map(viewAnswer), page, page_count: pageCount, total };
}

/** GET of the lists: `status` and `page` as on the pages. */
export const listDisputesFor =
  (perspective: DisputePerspective) =>
  async ({ ctx, request }: ApiCall) =>
    pageAnswer(await loadDisputes(ctx, perspective, request.url));

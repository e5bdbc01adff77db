import type { UsageEvent } from '../../../db/schema/index.ts';
import { toCanonicalJson, type Json } from '../../lib/canonical-json.ts';
import { RECEIPT_TYPE } from '../../lib/verify-receipts.ts';

export interface ChainLink {
  sequence: number;
  previousHash: string | null;
  signingKeyId: string;
  currency: string;
}

/**
 * What a receipt says, as the bytes that are signed; docs/receipts.md is its description. Both sides
 * get it, so it holds nothing that one of them may not know: no names, no content, no platform fee.
 */
export function receiptPayload(event: UsageEvent, link: ChainLink): string {
  const quantities: Record<string, number | null> = {
    input_tokens: event.inputTokens,
    output_tokens: event.outputTokens,
    cached_input_tokens: event.cachedInputTokens,
    cache_write_tokens: event.cacheWriteTokens,
    reasoning_tokens: event.reasoningTokens,
    request_bytes: event.requestBytes,
    response_bytes: event.responseBytes,
    total_ms: event.totalMs,
  };
  const content: Json = {
    type: RECEIPT_TYPE,
    request_id: event.requestId,
    /** The receipt of a call whose process was taken for dead may be followed by one for the rest of it. */
    corrects: event.trace?.corrects ?? null,
    key_id: event.keyId,
    buyer_id: event.organizationId,
    seller_id: event.sellerOrganizationId,
    service_id: event.serviceId,
    plan_id: event.planId,
    price_version_id: event.priceVersionId,
    subscription_id: event.subscriptionId,
    occurred_at: event.occurredAt.toISOString(),
    model: event.model,
    served_model: event.servedModel,
    quantities: Object.fromEntries(Object.entries(quantities).filter(([, value]) => value !== null)),
    usage_source: event.usageSource,
    lines:
      event.lines?.map(({ meter, model, quantity, included, nanosPerMillion, amountNanos }) => ({
        meter,
        ...(model !== undefined && { model }),
        quantity,
        ...(included !== undefined && { included }),
        nanos_per_million: nanosPerMillion,
        amount_nanos: amountNanos,
      })) ?? null,
    currency: link.currency,
    charge_nanos: event.chargeNanos.toString(),
    paid_from: {
      wallet: (event.chargeNanos - event.promoNanos - event.creditNanos).toString(),
      promotional_credit: event.promoNanos.toString(),
      invoiced_credit: event.creditNanos.toString(),
    },
    method: event.method,
    status_code: event.statusCode,
    terminal_state: event.terminalState,
    attempts: event.attempts,
    sequence: link.sequence,
    previous_hash: link.previousHash,
    signing_key_id: link.signingKeyId,
  };
  return toCanonicalJson(content);
}

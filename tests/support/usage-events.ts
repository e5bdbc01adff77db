/** Recorded calls for tests that look at what calls cost, not at how they are made. */
import { usageEvents, type UsageEvent } from '../../db/schema/index.ts';
import type { Db } from '../../db/client.ts';
import type { UsageEventInput } from '../../app/domain/metering/index.ts';
import { createIdGenerator } from '../../app/lib/ids.ts';

/** What the gateway says of a plain call that ended well, but for whose it was and what it cost. */
export const PLAIN_CALL = {
  method: 'GET',
  status_code: 200,
  terminal_state: 'complete',
  fault: 'none',
  error_code: null,
  streamed: false,
  attempts: 1,
  request_bytes: 1,
  response_bytes: 1,
  model: null,
  input_tokens: null,
  output_tokens: null,
  usage_source: null,
  first_byte_ms: null,
  total_ms: 1,
  upstream_id: null,
  credential_id: null,
  details: null,
} satisfies Partial<UsageEventInput>;

/** Writes one call as the settling function does; `request_id` carries the time. */
export async function insertUsageEvent(
  db: Db,
  event: Pick<UsageEvent, 'organizationId' | 'occurredAt' | 'chargeNanos'> & Partial<UsageEvent>,
): Promise<string> {
  const requestId = createIdGenerator(() => event.occurredAt.getTime())('request');
  await db.insert(usageEvents).values({
    requestId,
    sellerOrganizationId: 'org_seller',
    serviceId: 'svc_test',
    planId: 'pln_test',
    priceVersionId: 'prv_test',
    subscriptionId: 'sub_test',
    keyId: 'key_test',
    method: 'GET',
    statusCode: 200,
    terminalState: 'complete',
    fault: 'none',
    requestBytes: 0,
    responseBytes: 0,
    totalMs: 1,
    feeNanos: 0n,
    ...event,
  });
  return event.requestId ?? requestId;
}

/** Recorded calls for tests that look at what calls cost, not at how they are made. */
import { usageEvents, type UsageEvent } from '../../db/schema/index.ts';
import type { Db } from '../../db/client.ts';
import { createIdGenerator } from '../../app/lib/ids.ts';

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

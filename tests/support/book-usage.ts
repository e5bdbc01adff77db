/** Charged calls without a gateway: held and settled as the gateway's batches are. */
import { holdCalls, settleCalls } from '../../app/domain/metering/index.ts';
import { newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';
import type { Person } from './factories.ts';

export interface BookUsageOptions {
  buyer: Pick<Person, 'organizationId'>;
  seller: Pick<Person, 'organizationId'>;
  chargeNanos: bigint;
  serviceId?: string;
}

/** @returns the request id of a call that cost `chargeNanos`. */
export async function bookUsage(
  platform: Platform,
  { buyer, seller, chargeNanos, serviceId = 'svc_test' }: BookUsageOptions,
): Promise<string> {
  const requestId = newId('request');
  const call = {
    seller_organization_id: seller.organizationId,
    service_id: serviceId,
    plan_id: 'pln_test',
    price_version_id: 'prv_test',
    subscription_id: 'sub_test',
    key_id: 'key_test',
  };
  const isHeld = chargeNanos > 0n;
  if (isHeld) {
    const held = await holdCalls(platform.database, [
      {
        organizationId: buyer.organizationId,
        requestId,
        amountNanos: chargeNanos,
        ttlSeconds: 600,
        call: { ...call, method: 'GET' },
      },
    ]);
    if (![...held].includes(requestId)) throw new Error('the hold was refused');
  }
  await settleCalls(platform.database, [
    {
      ...call,
      organization_id: buyer.organizationId,
      request_id: requestId,
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
      charge_nanos: String(chargeNanos),
      held: isHeld,
    },
  ]);
  return requestId;
}

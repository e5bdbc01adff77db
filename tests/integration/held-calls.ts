/** Calls whose money is held, without a gateway: their holds, and how they ended. */
import type { HoldRequest, UsageEventInput } from '../../app/domain/metering/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { PLAIN_CALL } from '../support/usage-events.ts';
import type { AddedBuyer, AddedPlan, AddedService } from './gateway-fixture.ts';

export interface HeldCalls {
  requestOf(buyer: AddedBuyer, amountNanos: bigint): HoldRequest;
  eventOf(request: HoldRequest, chargeNanos: bigint): UsageEventInput;
}

export function heldCallsOf(service: AddedService, plan: AddedPlan): HeldCalls {
  return {
    requestOf: ({ organizationId, subscriptionId, key }, amountNanos) => ({
      organizationId,
      requestId: newId('request'),
      amountNanos,
      ttlSeconds: 600,
      call: {
        seller_organization_id: service.organizationId,
        service_id: service.id,
        plan_id: plan.id,
        price_version_id: 'prv_test',
        subscription_id: subscriptionId!,
        key_id: key.id,
        method: 'GET',
      },
    }),
    eventOf: ({ organizationId, requestId, call }, chargeNanos) => ({
      ...{ ...call, organization_id: organizationId, request_id: requestId },
      ...PLAIN_CALL,
      charge_nanos: chargeNanos.toString(),
      held: true,
    }),
  };
}

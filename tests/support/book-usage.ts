/** Charged calls without a gateway: held and settled as the gateway's batches are. */
import { holdCalls, settleCalls, type HoldMode, type HoldRequest } from '../../app/domain/metering/index.ts';
import { newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';
import type { Person } from './factories.ts';
import { PLAIN_CALL } from './usage-events.ts';

export interface BookedCall {
  requestId: string;
  buyer: Pick<Person, 'organizationId'>;
  seller: Pick<Person, 'organizationId'>;
  serviceId?: string;
}

const callOf = ({ seller, serviceId = 'svc_test' }: BookedCall) => ({
  seller_organization_id: seller.organizationId,
  service_id: serviceId,
  plan_id: 'pln_test',
  price_version_id: 'prv_test',
  subscription_id: 'sub_test',
  key_id: 'key_test',
});

/** @returns whether the money was set aside. */
export async function holdFor(
  platform: Platform,
  call: BookedCall,
  amountNanos: bigint,
  mode: HoldMode = 'new',
): Promise<boolean> {
  const answers = await holdCalls(platform.database, [{ ...holdOf(call, amountNanos), mode }]);
  return answers.get(call.requestId)?.refusal === null;
}

export function holdOf(call: BookedCall, amountNanos: bigint): HoldRequest {
  return {
    organizationId: call.buyer.organizationId,
    requestId: call.requestId,
    amountNanos,
    ttlSeconds: 600,
    call: { ...callOf(call), method: 'GET' },
  };
}

/** @returns whether it was recorded now. */
export async function settleFor(
  platform: Platform,
  call: BookedCall,
  chargeNanos: bigint,
  isHeld = true,
): Promise<boolean> {
  const { recorded } = await settleCalls(platform.database, [
    {
      ...callOf(call),
      organization_id: call.buyer.organizationId,
      request_id: call.requestId,
      ...PLAIN_CALL,
      charge_nanos: String(chargeNanos),
      held: isHeld,
    },
  ]);
  return recorded > 0;
}

/** @returns the request id of a call that cost `chargeNanos`. */
export async function bookUsage(
  platform: Platform,
  { chargeNanos, ...parties }: Omit<BookedCall, 'requestId'> & { chargeNanos: bigint },
): Promise<string> {
  const call = { ...parties, requestId: newId('request') };
  const isHeld = chargeNanos > 0n;
  if (isHeld && !(await holdFor(platform, call, chargeNanos))) throw new Error('the hold was refused');
  await settleFor(platform, call, chargeNanos, isHeld);
  return call.requestId;
}

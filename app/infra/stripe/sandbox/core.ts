/** What every endpoint of the sandbox works with. */
import Stripe from 'stripe';
import type { Clock } from '../../clock.ts';
import { newStripeId, type Base, type SandboxEvent } from './objects.ts';
import type { SandboxState } from './state.ts';

export interface SandboxCore {
  /** Of the current transaction. */
  state: SandboxState;
  clock: Clock;
  /** Origin of the checkout page. */
  publicUrl: string;
  /** Events of the current transaction; delivered when it has committed. */
  outbox: SandboxEvent[];
}

export const unixSeconds = (clock: Clock): number => Math.floor(clock.now() / 1000);

/** The fields every new object has. */
export function newBase<Type extends string>(core: SandboxCore, prefix: string, object: Type) {
  return {
    id: newStripeId(prefix),
    object,
    created: unixSeconds(core.clock),
    livemode: false as const,
  };
}

/** Stores an event about `object` as it is now and queues it for delivery. */
export async function emitEvent(core: SandboxCore, type: string, object: Base): Promise<void> {
  const event: SandboxEvent = {
    ...newBase(core, 'evt', 'event'),
    api_version: Stripe.API_VERSION,
    data: { object: withoutPrivateParts(object) },
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  core.outbox.push(await core.state.put(event));
}

/** What the sandbox keeps beside an object stays inside. */
export function withoutPrivateParts<T extends Base>(object: T): T {
  if (!('sandbox' in object)) return object;
  const { sandbox: _sandbox, ...rest } = object;
  return rest as unknown as T;
}

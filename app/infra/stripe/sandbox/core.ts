/** What every part of the sandbox works with. */
import Stripe from 'stripe';
import { newStripeId, type Base, type Customer, type SandboxEvent, type TestClock } from './objects.ts';
import type { SandboxState } from './state.ts';

export interface SandboxCore {
  /** Of the current transaction. */
  state: SandboxState;
  /** Unix seconds: the real time, or that of the test clock whose objects are at work. */
  now(): number;
  /** Test clock whose time `now` gives; null: the real one. */
  testClock: string | null;
  /** Origin of the sandbox's pages. */
  publicUrl: string;
  /** Connected account the request is for (`stripe-account`); null: the platform. */
  account: string | null;
  request: { id: string | null; idempotency_key: string | null };
  /** Events of the current transaction; delivered when it has committed. */
  outbox: SandboxEvent[];
}

/** Address of one of the sandbox's pages. */
export const pageUrl = (core: SandboxCore, path: string): string =>
  `${core.publicUrl}/stripe-sandbox/${path}`;

/** The fields every new object has. */
export function newBase<Type extends string>(core: SandboxCore, prefix: string, object: Type) {
  return { id: newStripeId(prefix), object, created: core.now(), livemode: false as const };
}

/** The same core at the time of the customer's test clock, if there is one. */
export async function coreOfCustomer(core: SandboxCore, customer: string | null): Promise<SandboxCore> {
  if (customer === null) return core;
  const found = await core.state.find<Customer>('customer', customer);
  return coreOfClock(core, found?.test_clock ?? null);
}

export async function coreOfClock(core: SandboxCore, testClock: string | null): Promise<SandboxCore> {
  if (testClock === null || core.testClock === testClock) return core;
  const clock = await core.state.get<TestClock>('test_helpers.test_clock', testClock);
  return { ...core, testClock, now: () => clock.frozen_time };
}

interface EmitOptions {
  /** Connected account whose object it is. */
  account?: string | null;
  previous?: object;
}

/**
 * What a webhook endpoint is asked to get; everything else is found in the list of events only. A
 * program that goes live needs the same list at Stripe.
 */
const DELIVERED =
  /^(checkout\.session\.|customer\.(updated|deleted|tax_id\.|subscription\.)|invoice\.(paid|payment_failed|payment_action_required|voided|marked_uncollectible|upcoming|overdue)|payment_intent\.(succeeded|payment_failed|canceled|requires_action)|setup_intent\.(succeeded|setup_failed)|payment_method\.(attached|detached|automatically_updated|updated)|charge\.(refunded|dispute\.)|refund\.|account\.|payout\.|transfer\.|credit_note\.)/;

/** Stores an event about `object` as it is now and queues it for delivery. */
export async function emitEvent(
  core: SandboxCore,
  type: string,
  object: Base,
  { account = null, previous }: EmitOptions = {},
): Promise<void> {
  const isDelivered = DELIVERED.test(type);
  const event: SandboxEvent = {
    ...newBase(core, 'evt', 'event'),
    ...(account && { account }),
    api_version: Stripe.API_VERSION,
    data: { object: withoutPrivateParts(object), ...(previous && { previous_attributes: previous }) },
    pending_webhooks: isDelivered ? 1 : 0,
    request: core.request,
    type,
  };
  await core.state.put(event);
  if (isDelivered) core.outbox.push(event);
}

/** What the sandbox keeps beside an object stays inside. */
export function withoutPrivateParts<T extends object>(object: T): T {
  if (!('sandbox' in object)) return object;
  const { sandbox: _sandbox, ...rest } = object;
  return rest as unknown as T;
}

/** Metadata as Stripe merges it: an empty value takes a key away, empty metadata takes all. */
export function mergeMetadata(
  before: Record<string, string> | null,
  change: Stripe.MetadataParam | '' | null | undefined,
): Record<string, string> {
  if (change === undefined) return before ?? {};
  if (change === '' || change === null) return {};
  const merged = Object.entries({ ...before, ...change }).filter(
    ([, value]) => value !== '' && value !== null,
  );
  return Object.fromEntries(merged.map(([key, value]) => [key, String(value)]));
}

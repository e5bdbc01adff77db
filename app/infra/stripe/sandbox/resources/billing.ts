/** Payment intents, subscriptions, invoices and events: made by checkouts, read by the program. */
import { z } from 'zod';
import { emitEvent, unixSeconds, type SandboxCore } from '../core.ts';
import { checkLimit, endpoint, flag, listParams, noParams } from '../endpoint.ts';
import type { Base, Invoice, PaymentIntent, SandboxEvent, Subscription } from '../objects.ts';
import { invalidRequest } from '../sandbox-error.ts';

function retrieve<T extends Base>(path: string, type: T['object']) {
  return endpoint({
    method: 'get',
    path: `${path}/:id`,
    params: noParams,
    run: (core, _params, id) => core.state.get<T>(type, id),
  });
}

async function lockLiveSubscription(core: SandboxCore, id: string): Promise<Subscription> {
  const subscription = await core.state.lock<Subscription>('subscription', id);
  if (subscription.status === 'canceled')
    throw invalidRequest('A canceled subscription can only update its cancellation details.', 'id');
  return subscription;
}

const updateSubscription = endpoint({
  method: 'post',
  path: '/v1/subscriptions/:id',
  params: z.strictObject({
    cancel_at_period_end: flag.optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
  async run(core, params, id) {
    const subscription = await lockLiveSubscription(core, id);
    const updated = await core.state.put<Subscription>({
      ...subscription,
      cancel_at_period_end: params.cancel_at_period_end ?? subscription.cancel_at_period_end,
      metadata: { ...subscription.metadata, ...params.metadata },
    });
    await emitEvent(core, 'customer.subscription.updated', updated);
    return updated;
  },
});

const cancelSubscription = endpoint({
  method: 'delete',
  path: '/v1/subscriptions/:id',
  params: noParams,
  async run(core, _params, id) {
    const subscription = await lockLiveSubscription(core, id);
    const now = unixSeconds(core.clock);
    const canceled = await core.state.put<Subscription>({
      ...subscription,
      status: 'canceled',
      canceled_at: now,
      ended_at: now,
    });
    await emitEvent(core, 'customer.subscription.deleted', canceled);
    return canceled;
  },
});

const listEvents = endpoint({
  method: 'get',
  path: '/v1/events',
  params: listParams,
  async run(core, params) {
    const limit = checkLimit(params.limit);
    const found = await core.state.list<SandboxEvent>('event', {
      limit: limit + 1,
      startingAfter: params.starting_after,
      ...(params.type && { match: { type: params.type } }),
    });
    return {
      object: 'list',
      url: '/v1/events',
      has_more: found.length > limit,
      data: found.slice(0, limit),
    };
  },
});

export const billingEndpoints = [
  retrieve<PaymentIntent>('/v1/payment_intents', 'payment_intent'),
  retrieve<Invoice>('/v1/invoices', 'invoice'),
  retrieve<Subscription>('/v1/subscriptions', 'subscription'),
  updateSubscription,
  cancelSubscription,
  listEvents,
  retrieve<SandboxEvent>('/v1/events', 'event'),
];

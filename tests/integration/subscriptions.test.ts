/** Subscribing, paying and ending, against a real database and the payment sandbox. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { createKey, listKeys } from '../../app/domain/keys/index.ts';
import { pauseService } from '../../app/domain/services/index.ts';
import {
  activateSubscription,
  cancelSubscription,
  createSubscription,
  endSubscription,
  getSubscription,
  issueFirstKey,
  listSubscriptions,
  markSubscriptionPastDue,
} from '../../app/domain/subscriptions/index.ts';
import { isAppError } from '../../app/lib/app-error.ts';
import { hashKey } from '../../app/lib/key-format.ts';
import { auditEvents, keys, subscriptions } from '../../db/schema/index.ts';
import {
  fundWallet,
  makeBuyer,
  makeSeller,
  makeService,
  PER_CALL_PLAN,
  unique,
  type MadeService,
  type Person,
} from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const FREE = { name: 'Free', kind: 'free' } as const;
const FLAT = { name: 'Monthly', kind: 'flat', monthlyFee: '9.00' } as const;
const PER_TOKEN = { name: 'Tokens', kind: 'per_token', inputPrice: '0.15', outputPrice: '0.60' } as const;

let platform: TestPlatform;
let seller: Person;
let system: Context;

beforeAll(async () => {
  platform = await createTestPlatform();
  seller = await makeSeller(platform);
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(() => platform.close());

/** The AppError a promise is rejected with. */
async function refusal(promise: Promise<unknown>) {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

function rowsOf(buyer: Person) {
  return platform.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.organizationId, buyer.organizationId));
}

function jobsFor(subscriptionId: string) {
  return platform.database.sql<{ task_identifier: string }[]>`
    select t.identifier as task_identifier from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id
    where j.payload ->> 'subscriptionId' = ${subscriptionId}`;
}

/** A buyer who has started paying a flat plan. */
async function pendingSubscription(made: MadeService, buyer: Person) {
  const created = await createSubscription(buyer.ctx, { service: made.service.id, planId: made.plan.id });
  return created.subscription;
}

const PERIOD = {
  currentPeriodStart: new Date('2026-11-21T00:00:00Z'),
  currentPeriodEnd: new Date('2026-12-21T00:00:00Z'),
};

describe('subscribing', () => {
  it('to a free plan works at once and comes with a key for this subscription alone', async () => {
    const { service, plan } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const { subscription, key, checkout } = await createSubscription(buyer.ctx, {
      service: service.slug,
      keyName: 'Laptop',
    });
    expect(subscription).toMatchObject({
      status: 'active',
      planId: plan.id,
      organizationId: buyer.organizationId,
      sellerOrganizationId: seller.organizationId,
    });
    expect(checkout).toBeNull();
    expect(key?.key).toMatchObject({ name: 'Laptop', subscriptionId: subscription.id, state: 'active' });
    const [row] = await platform.db.select().from(keys).where(eq(keys.id, key!.key.id));
    expect(row!.hash).toEqual(hashKey(key!.secret, platform.config.secrets.keyPepper));
    expect(key!.secret.startsWith(row!.prefix) && key!.secret.endsWith(row!.lastFour)).toBe(true);
    expect(JSON.stringify([key!.key, subscription])).not.toContain(key!.secret);
  });

  it('without a plan takes the free one, else the cheapest', async () => {
    const mixed = await makeService(seller, { plans: [FLAT, PER_CALL_PLAN, FREE] });
    const paid = await makeService(seller, {
      plans: [FLAT, { name: 'Dear', kind: 'per_call', callPrice: '0.5' }, PER_CALL_PLAN],
    });
    const buyer = await makeBuyer(platform, { balance: '5' });
    const first = await createSubscription(buyer.ctx, { service: mixed.service.id });
    const second = await createSubscription(buyer.ctx, { service: paid.service.id });
    expect(first.plan.kind).toBe('free');
    expect(second.plan.id).toBe(paid.plans[2]!.id);
  });

  it('to a pay-per-use plan needs a wallet that pays for at least one call', async () => {
    const perCall = await makeService(seller, { plans: [PER_CALL_PLAN] });
    const perToken = await makeService(seller, { plans: [PER_TOKEN], kind: 'llm', models: ['m'] });
    const buyer = await makeBuyer(platform, { balance: '0.0009' });
    const error = await refusal(createSubscription(buyer.ctx, { service: perCall.service.id }));
    expect(error).toMatchObject({ code: 'payment_required', status: 402 });
    expect(error.details).toMatchObject({
      top_up_url: `${platform.publicUrl}/buyer/wallet`,
      wallet: { available: '0.0009', currency: 'USD' },
      needed: '0.001',
    });
    expect(await rowsOf(buyer)).toHaveLength(0);
    expect((await createSubscription(buyer.ctx, { service: perToken.service.id })).key).not.toBeNull();
    await fundWallet(platform, buyer, '0.0001');
    expect((await createSubscription(buyer.ctx, { service: perCall.service.id })).key).not.toBeNull();
    const penniless = await makeBuyer(platform);
    const refused = await refusal(createSubscription(penniless.ctx, { service: perToken.service.id }));
    expect(refused.code).toBe('payment_required');
  });

  it('twice is refused and names the subscription there is', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const { subscription } = await createSubscription(buyer.ctx, { service: service.id });
    const error = await refusal(createSubscription(buyer.ctx, { service: service.id }));
    expect(error).toMatchObject({ code: 'already_exists', status: 409 });
    expect(error.details).toEqual({ subscription_id: subscription.id });
  });

  it('by twenty requests at once makes one subscription and one key', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => createSubscription(buyer.ctx, { service: service.id })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'already_exists' });
    }
    expect(await rowsOf(buyer)).toHaveLength(1);
    expect(await listKeys(buyer.ctx)).toHaveLength(1);
  });

  it('by the same form sent twice answers both times, and only the last key works', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const order = { service: service.id, idempotencyKey: unique('form') };
    const [first, second] = await Promise.all([
      createSubscription(buyer.ctx, order),
      createSubscription(buyer.ctx, order),
    ]);
    expect(second.subscription.id).toBe(first.subscription.id);
    expect(first.key!.secret).not.toBe(second.key!.secret);
    const states = (await listKeys(buyer.ctx)).map(({ state }) => state);
    expect(states.sort()).toEqual(['active', 'revoked']);
  });

  it('again by a form whose key is in use already takes nothing away', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const order = { service: service.id, idempotencyKey: unique('form') };
    const { key } = await createSubscription(buyer.ctx, order);
    await platform.db.update(keys).set({ lastUsedAt: new Date() }).where(eq(keys.id, key!.key.id));
    const repeated = await createSubscription(buyer.ctx, order);
    expect(repeated.key).toBeNull();
    expect(await listKeys(buyer.ctx)).toMatchObject([{ id: key!.key.id, state: 'active' }]);
  });

  it('again by a form whose subscription has ended is refused instead of subscribing anew', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const order = { service: service.id, idempotencyKey: unique('form') };
    const { subscription } = await createSubscription(buyer.ctx, order);
    await cancelSubscription(buyer.ctx, { subscriptionId: subscription.id });
    expect((await refusal(createSubscription(buyer.ctx, order))).code).toBe('conflict');
    expect((await createSubscription(buyer.ctx, { service: service.id })).key).not.toBeNull();
  });

  it('is only for published services and their own plans', async () => {
    const draft = await makeService(seller, { plans: [FREE], publish: false });
    const paused = await makeService(seller, { plans: [FREE] });
    const other = await makeService(seller, { plans: [FREE] });
    await pauseService(seller.ctx, { serviceId: paused.service.id });
    const buyer = await makeBuyer(platform);
    for (const service of [draft.service.id, paused.service.id, 'no-such-service']) {
      expect((await refusal(createSubscription(buyer.ctx, { service }))).code).toBe('not_found');
    }
    const ownDraft = await refusal(createSubscription(seller.ctx, { service: draft.service.id }));
    expect(ownDraft.code).toBe('not_found');
    const published = await makeService(seller, { plans: [FREE] });
    const error = await refusal(
      createSubscription(buyer.ctx, { service: published.service.id, planId: other.plan.id }),
    );
    expect(error.issues).toEqual([{ field: 'planId', reason: 'invalid_choice' }]);
  });

  it('is allowed for a seller who tests their own service', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const { subscription } = await createSubscription(seller.ctx, { service: service.id });
    expect(subscription.organizationId).toBe(subscription.sellerOrganizationId);
  });

  it('needs somebody logged in, with a role that may', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const buyer = await makeBuyer(platform);
    const billing = platform.createContext({ ...buyer.actor, role: 'billing' });
    expect((await refusal(createSubscription(billing, { service: service.id }))).code).toBe('forbidden');
    const anonymous = platform.createContext({ type: 'anonymous' });
    expect((await refusal(createSubscription(anonymous, { service: service.id }))).code).toBe(
      'unauthenticated',
    );
    expect(await rowsOf(buyer)).toHaveLength(0);
  });
});

describe('a flat plan', () => {
  it('waits for its payment without a key, and asking again leads to the same checkout', async () => {
    const { service, plan } = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const first = await createSubscription(buyer.ctx, { service: service.id });
    expect(first.subscription).toMatchObject({ status: 'pending_payment', planId: plan.id });
    expect(first.key).toBeNull();
    expect(first.checkout!.url).toMatch(/^http/);
    const again = await createSubscription(buyer.ctx, { service: service.id, planId: plan.id });
    expect(again.subscription.id).toBe(first.subscription.id);
    expect(again.checkout!.id).toBe(first.checkout!.id);
    expect(await issueFirstKey(buyer.ctx, { subscriptionId: first.subscription.id })).toBeNull();
    expect(await rowsOf(buyer)).toHaveLength(1);
  });

  it('that was not paid makes room for another plan, and its checkout is closed by a job', async () => {
    const made = await makeService(seller, { plans: [FLAT, FREE] });
    const buyer = await makeBuyer(platform);
    const unpaid = await pendingSubscription(made, buyer);
    const next = await createSubscription(buyer.ctx, {
      service: made.service.id,
      planId: made.plans[1]!.id,
    });
    expect(next.subscription).toMatchObject({ status: 'active', planId: made.plans[1]!.id });
    expect(await getSubscription(buyer.ctx, { subscriptionId: unpaid.id })).toMatchObject({
      status: 'canceled',
    });
    expect(await jobsFor(unpaid.id)).toEqual([{ task_identifier: 'sync_stripe_subscription' }]);
  });

  it('becomes active with its payment, however often that is told, and gives one first key', async () => {
    const made = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    const payment = { subscriptionId, stripeSubscriptionId: unique('sub'), ...PERIOD };
    const outcomes = await Promise.all([1, 2, 3].map(() => activateSubscription(system, payment)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['activated', 'unchanged', 'unchanged']);
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({
      status: 'active',
      ...PERIOD,
    });
    const issued = await Promise.all([1, 2].map(() => issueFirstKey(buyer.ctx, { subscriptionId })));
    expect(issued.filter((one) => one !== null)).toHaveLength(1);
    const trail = await platform.db
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.subjectId, subscriptionId));
    expect(trail.filter(({ action }) => action === 'subscription.activated')).toHaveLength(1);
  });

  it('moves its period forward with each renewal, never back', async () => {
    const made = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    const stripeSubscriptionId = unique('sub');
    const next = {
      currentPeriodStart: PERIOD.currentPeriodEnd,
      currentPeriodEnd: new Date('2027-01-21T00:00:00Z'),
    };
    await activateSubscription(system, { subscriptionId, stripeSubscriptionId, ...PERIOD });
    const renewed = await activateSubscription(system, { subscriptionId, stripeSubscriptionId, ...next });
    expect(renewed.outcome).toBe('renewed');
    const late = await activateSubscription(system, { subscriptionId, stripeSubscriptionId, ...PERIOD });
    expect(late.outcome).toBe('unchanged');
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject(next);
  });

  it('is past due when a renewal fails, and active again when it is paid', async () => {
    const made = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    const payment = { subscriptionId, stripeSubscriptionId: unique('sub'), ...PERIOD };
    await markSubscriptionPastDue(system, { subscriptionId });
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'pending_payment' });
    await activateSubscription(system, payment);
    await markSubscriptionPastDue(system, { subscriptionId });
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'past_due' });
    await activateSubscription(system, payment);
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'active' });
  });

  it('runs to the end of the period when cancelled, and a job tells Stripe once', async () => {
    const made = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    await activateSubscription(system, { subscriptionId, stripeSubscriptionId: unique('sub'), ...PERIOD });
    const issued = await issueFirstKey(buyer.ctx, { subscriptionId });
    await cancelSubscription(buyer.ctx, { subscriptionId });
    await cancelSubscription(buyer.ctx, { subscriptionId });
    const during = await getSubscription(buyer.ctx, { subscriptionId });
    expect(during).toMatchObject({ status: 'active', cancelAtPeriodEnd: true, ownKeys: 1 });
    expect(await jobsFor(subscriptionId)).toHaveLength(1);
    await endSubscription(system, { subscriptionId });
    await endSubscription(system, { subscriptionId });
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'canceled' });
    expect(await listKeys(buyer.ctx)).toMatchObject([{ id: issued!.key.id, state: 'revoked' }]);
  });

  it('that was paid although the buyer had given up works after all', async () => {
    const made = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    await cancelSubscription(buyer.ctx, { subscriptionId });
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'canceled' });
    const payment = { subscriptionId, stripeSubscriptionId: unique('sub'), ...PERIOD };
    expect((await activateSubscription(system, payment)).outcome).toBe('activated');
    const revived = await getSubscription(buyer.ctx, { subscriptionId });
    expect(revived).toMatchObject({ status: 'active', canceledAt: null });
    await endSubscription(system, { subscriptionId });
    expect((await activateSubscription(system, payment)).outcome).toBe('unchanged');
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'canceled' });
  });

  it('that was paid after the buyer subscribed anew is cancelled at Stripe', async () => {
    const made = await makeService(seller, { plans: [FLAT, FREE] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    const free = await createSubscription(buyer.ctx, { service: made.service.id, planId: made.plans[1]!.id });
    const result = await activateSubscription(system, {
      subscriptionId,
      stripeSubscriptionId: unique('sub'),
      ...PERIOD,
    });
    expect(result.outcome).toBe('superseded');
    // One closes the page that was left, one cancels what was paid there.
    expect((await jobsFor(subscriptionId)).map((job) => job['task_identifier']).sort()).toEqual([
      'cancel_stripe_subscription',
      'sync_stripe_subscription',
    ]);
    expect(await listSubscriptions(buyer.ctx)).toMatchObject([
      { id: free.subscription.id, status: 'active' },
    ]);
  });

  it('is activated, held past due and ended by jobs alone', async () => {
    const made = await makeService(seller, { plans: [FLAT] });
    const buyer = await makeBuyer(platform);
    const { id: subscriptionId } = await pendingSubscription(made, buyer);
    const payment = { subscriptionId, stripeSubscriptionId: unique('sub'), ...PERIOD };
    for (const attempt of [
      () => activateSubscription(buyer.ctx, payment),
      () => markSubscriptionPastDue(buyer.ctx, { subscriptionId }),
      () => endSubscription(buyer.ctx, { subscriptionId }),
    ]) {
      expect((await refusal(attempt())).code).toBe('forbidden');
    }
    expect(await getSubscription(buyer.ctx, { subscriptionId })).toMatchObject({ status: 'pending_payment' });
  });
});

describe('cancelling', () => {
  it('ends a free or pay-per-use subscription at once and revokes its own keys, no others', async () => {
    const { service } = await makeService(seller, { plans: [PER_CALL_PLAN] });
    const buyer = await makeBuyer(platform, { balance: '1' });
    const { subscription } = await createSubscription(buyer.ctx, { service: service.id });
    await createKey(buyer.ctx, { name: 'Second', subscriptionId: subscription.id });
    const everywhere = await createKey(buyer.ctx, { name: 'Everywhere' });
    const canceled = await cancelSubscription(buyer.ctx, { subscriptionId: subscription.id });
    expect(canceled).toMatchObject({ status: 'canceled' });
    expect(canceled.canceledAt).toBeInstanceOf(Date);
    const active = (await listKeys(buyer.ctx)).filter(({ state }) => state === 'active');
    expect(active.map(({ id }) => id)).toEqual([everywhere.key.id]);
    expect(await listSubscriptions(buyer.ctx)).toEqual([]);
    expect(await listSubscriptions(buyer.ctx, { includeCanceled: true })).toHaveLength(1);
    // Only to close a page on which a plan with a fee could still be paid.
    expect(await jobsFor(subscription.id)).toEqual([{ task_identifier: 'sync_stripe_subscription' }]);
  });
});

describe('another organization', () => {
  it('can neither see nor change a subscription', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const owner = await makeBuyer(platform);
    const stranger = await makeBuyer(platform);
    const { subscription } = await createSubscription(owner.ctx, { service: service.id });
    const input = { subscriptionId: subscription.id };
    for (const attempt of [
      () => getSubscription(stranger.ctx, input),
      () => cancelSubscription(stranger.ctx, input),
      () => issueFirstKey(stranger.ctx, input),
      () => createKey(stranger.ctx, { name: 'Theirs', subscriptionId: subscription.id }),
      // Its seller learns no more than other strangers.
      () => getSubscription(seller.ctx, input),
      () => cancelSubscription(seller.ctx, input),
    ]) {
      expect((await refusal(attempt())).code).toBe('not_found');
    }
    expect(await listSubscriptions(stranger.ctx, { includeCanceled: true })).toEqual([]);
    expect(await listKeys(stranger.ctx, { subscriptionId: subscription.id })).toEqual([]);
    expect(await getSubscription(owner.ctx, input)).toMatchObject({ status: 'active', ownKeys: 1 });
  });

  it('may use the same idempotency key for itself', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const [one, two] = [await makeBuyer(platform), await makeBuyer(platform)];
    const order = { service: service.id, idempotencyKey: unique('shared') };
    const first = await createSubscription(one.ctx, order);
    const second = await createSubscription(two.ctx, order);
    expect(second.subscription.id).not.toBe(first.subscription.id);
  });
});

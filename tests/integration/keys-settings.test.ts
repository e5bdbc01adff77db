/** What a key may do is set, changed, handed on by rotation, and never crosses organizations. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createKey,
  getKey,
  issuePlaygroundKey,
  listKeys,
  revokeKey,
  rotateKey,
  updateKey,
} from '../../app/domain/keys/index.ts';
import { createSubscription } from '../../app/domain/subscriptions/index.ts';
import { auditEvents } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, makeSeller, makeService, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const HOUR_MS = 3_600_000;
const clock = createTestClock();
let platform: TestPlatform;
let buyer: Person;
let stranger: Person;
let slug: string;
let serviceId: string;
let subscriptionId: string;

beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  buyer = await makeBuyer(platform);
  stranger = await makeBuyer(platform);
  const { service } = await makeService(await makeSeller(platform), {
    plans: [{ name: 'Free', kind: 'free' }],
  });
  ({ slug, id: serviceId } = service);
  ({
    subscription: { id: subscriptionId },
  } = await createSubscription(buyer.ctx, { service: service.id }));
});
afterAll(() => platform.close());

describe('the settings of a key', () => {
  it('are kept in one spelling: services by id, addresses as ranges', async () => {
    const { key } = await createKey(buyer.ctx, {
      name: 'Narrow',
      permissions: ['read', 'read'],
      allowedServiceIds: [slug, serviceId],
      allowedModels: ['gpt-*'],
      allowedAddresses: ['10.1.2.3/8', '2001:DB8::1'],
      requestsPerMinute: 5,
      maxConcurrency: 2,
      modelRoutes: [{ pattern: 'gpt-*', target: `${slug}/` }],
    });
    expect(key).toMatchObject({
      permissions: ['read'],
      allowedServiceIds: [serviceId],
      allowedAddresses: ['10.0.0.0/8', '2001:db8::1/128'],
      requestsPerMinute: 5,
      tokensPerDay: null,
      modelRoutes: [{ pattern: 'gpt-*', target: `${slug}/`, priority: 0 }],
    });
    const changed = await updateKey(buyer.ctx, { keyId: key.id, requestsPerMinute: null, allowedModels: [] });
    expect(changed).toMatchObject({ requestsPerMinute: null, allowedModels: [], maxConcurrency: 2 });
    const trail = await platform.db.select().from(auditEvents).where(eq(auditEvents.subjectId, key.id));
    expect(trail.map(({ action }) => action)).toEqual(['key.created', 'key.updated']);
  });

  it.each([
    [{ allowedAddresses: ['10.0.0.0/40'] }, 'allowedAddresses.0', 'invalid_address_range'],
    [{ allowedServiceIds: ['no-such-service'] }, 'allowedServiceIds', 'invalid_choice'],
    [{ allowedModels: ['two words'] }, 'allowedModels.0', 'invalid'],
    [{ permissions: [] }, 'permissions', 'required'],
    [{ requestsPerDay: 0 }, 'requestsPerDay', 'too_small'],
  ])('that make no sense are refused: %j', async (settings, field, reason) => {
    await expect(createKey(buyer.ctx, { name: 'x', ...settings })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field, reason }],
    });
  });

  it('cannot name a service that only somebody else is subscribed to', async () => {
    await expect(
      createKey(stranger.ctx, { name: 'x', allowedServiceIds: [serviceId] }),
    ).rejects.toMatchObject({ issues: [{ field: 'allowedServiceIds' }] });
  });
});

describe('a key', () => {
  it('is disabled and enabled, but a revoked one stays revoked', async () => {
    const { key } = await createKey(buyer.ctx, { name: 'Switch' });
    expect(await updateKey(buyer.ctx, { keyId: key.id, status: 'disabled' })).toMatchObject({
      state: 'disabled',
    });
    expect(await updateKey(buyer.ctx, { keyId: key.id, status: 'active' })).toMatchObject({
      state: 'active',
    });
    await revokeKey(buyer.ctx, { keyId: key.id });
    await expect(updateKey(buyer.ctx, { keyId: key.id, status: 'active' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('is rotated into one with the same rights, and the old one ends with the grace', async () => {
    const old = await createKey(buyer.ctx, { name: 'Turn', subscriptionId, requestsPerMinute: 7 });
    const next = await rotateKey(buyer.ctx, { keyId: old.key.id, graceHours: 24 });
    expect(next.secret).not.toBe(old.secret);
    expect(next.key).toMatchObject({ name: 'Turn', subscriptionId, requestsPerMinute: 7, expiresAt: null });
    expect((await getKey(buyer.ctx, { keyId: old.key.id })).expiresAt?.getTime()).toBe(
      clock.now() + 24 * HOUR_MS,
    );
    const last = await rotateKey(buyer.ctx, { keyId: next.key.id });
    expect((await getKey(buyer.ctx, { keyId: next.key.id })).state).toBe('revoked');
    expect((await getKey(buyer.ctx, { keyId: last.key.id })).state).toBe('active');
    await expect(rotateKey(buyer.ctx, { keyId: next.key.id })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of another organization is not found, whatever is tried', async () => {
    const { key } = await createKey(buyer.ctx, { name: 'Mine' });
    const results = await Promise.allSettled([
      getKey(stranger.ctx, { keyId: key.id }),
      updateKey(stranger.ctx, { keyId: key.id, name: 'Theirs' }),
      rotateKey(stranger.ctx, { keyId: key.id }),
      revokeKey(stranger.ctx, { keyId: key.id }),
      issuePlaygroundKey(stranger.ctx, { subscriptionId }),
    ]);
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  });
});

describe('the playground’s key', () => {
  it('lives for an hour, is for one subscription, and is the same row each time', async () => {
    const lasting = await createKey(buyer.ctx, { name: 'Playground' });
    const first = await issuePlaygroundKey(buyer.ctx, { subscriptionId });
    expect(first.key).toMatchObject({ subscriptionId, name: 'Playground' });
    expect(first.key.expiresAt!.getTime() - clock.now()).toBe(HOUR_MS);
    const again = async (laterMs: number) => {
      clock.advance(laterMs);
      return issuePlaygroundKey(buyer.ctx, { subscriptionId });
    };
    // While it is still good, when it has just run out, and a week later.
    for (const laterMs of [60_000, HOUR_MS, 7 * 24 * HOUR_MS]) {
      const next = await again(laterMs);
      expect(next.key.id).toBe(first.key.id);
      expect(next.secret).not.toBe(first.secret);
      expect(next.key).toMatchObject({ state: 'active', lastFour: next.secret.slice(-4) });
      expect(next.key.expiresAt!.getTime() - clock.now()).toBe(HOUR_MS);
    }
    const named = (await listKeys(buyer.ctx)).filter(({ name }) => name === 'Playground');
    expect(named.map(({ id, state }) => [id, state])).toEqual(
      expect.arrayContaining([
        [first.key.id, 'active'],
        [lasting.key.id, 'active'],
      ]),
    );
    expect(named).toHaveLength(2);
  });

  it('begins anew where somebody has ended it, and keeps what it was narrowed to where nobody has', async () => {
    const first = await issuePlaygroundKey(buyer.ctx, { subscriptionId });
    await updateKey(buyer.ctx, { keyId: first.key.id, allowedModels: ['small-*'] });
    expect((await issuePlaygroundKey(buyer.ctx, { subscriptionId })).key.allowedModels).toEqual(['small-*']);
    await revokeKey(buyer.ctx, { keyId: first.key.id });
    const next = await issuePlaygroundKey(buyer.ctx, { subscriptionId });
    expect(next.key.id).not.toBe(first.key.id);
    expect(next.key.allowedModels).toEqual([]);
  });
});

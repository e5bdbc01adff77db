/** Keys of buyers: made, listed, revoked, and never given away. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createKey,
  getKey,
  listKeys,
  MAX_ACTIVE_KEYS,
  revokeKey,
  rotateKey,
  updateKey,
} from '../../app/domain/keys/index.ts';
import { cancelSubscription, createSubscription } from '../../app/domain/subscriptions/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { generateKeySecret, hashKey, isWellFormedKey } from '../../app/lib/key-format.ts';
import { auditEvents, keys } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, makeSeller, makeService, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const clock = createTestClock();
let platform: TestPlatform;
let buyer: Person;
let stranger: Person;

beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  buyer = await makeBuyer(platform);
  stranger = await makeBuyer(platform);
});
afterAll(() => platform.close());

describe('a key', () => {
  it('is stored as a peppered hash, and its secret is in no list and in no trail', async () => {
    const { key, secret } = await createKey(buyer.ctx, { name: 'Server' });
    expect(isWellFormedKey(secret)).toBe(true);
    const [row] = await platform.db.select().from(keys).where(eq(keys.id, key.id));
    expect(row!.hash).toEqual(hashKey(secret, platform.config.secrets.keyPepper));
    const listed = await listKeys(buyer.ctx);
    expect(listed.find(({ id }) => id === key.id)).toMatchObject({
      name: 'Server',
      prefix: secret.slice(0, 12),
      lastFour: secret.slice(-4),
      subscriptionId: null,
      service: null,
    });
    const trail = await platform.db.select().from(auditEvents).where(eq(auditEvents.subjectId, key.id));
    expect(trail).toMatchObject([{ action: 'key.created', actor: buyer.userId }]);
    const everything = JSON.stringify({ key, listed, trail });
    expect(everything).not.toContain(secret);
    expect(everything).not.toMatch(/"hash"/);
  });

  it('names the service it is for, and cannot be made for one whose subscription has ended', async () => {
    const seller = await makeSeller(platform);
    const { service } = await makeService(seller, { plans: [{ name: 'Free', kind: 'free' }] });
    const { subscription } = await createSubscription(buyer.ctx, { service: service.id });
    const { key } = await createKey(buyer.ctx, { name: 'Scoped', subscriptionId: subscription.id });
    const listed = await listKeys(buyer.ctx, { subscriptionId: subscription.id });
    expect(listed.find(({ id }) => id === key.id)?.service).toMatchObject({ slug: service.slug });
    await cancelSubscription(buyer.ctx, { subscriptionId: subscription.id });
    await expect(
      createKey(buyer.ctx, { name: 'Late', subscriptionId: subscription.id }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('expires at its time, and cannot be made to have expired already', async () => {
    const expiresAt = new Date(clock.now() + 60_000);
    const { key } = await createKey(buyer.ctx, { name: 'Short', expiresAt });
    expect(key.state).toBe('active');
    await expect(
      createKey(buyer.ctx, { name: 'Past', expiresAt: new Date(clock.now()) }),
    ).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'expiresAt' }] });
    clock.advance(60_000);
    const listed = (await listKeys(buyer.ctx)).find(({ id }) => id === key.id);
    expect(listed?.state).toBe('expired');
  });

  it('needs a name, and refuses what it does not know', async () => {
    await expect(createKey(buyer.ctx, { name: '   ' })).rejects.toMatchObject({
      issues: [{ field: 'name', reason: 'required' }],
    });
    await expect(createKey(buyer.ctx, { name: 'x'.repeat(65) })).rejects.toMatchObject({
      issues: [{ field: 'name', reason: 'too_long' }],
    });
    const extra = { name: 'x', organizationId: stranger.organizationId };
    await expect(createKey(buyer.ctx, extra)).rejects.toMatchObject({
      issues: [{ field: 'organizationId', reason: 'unknown_field' }],
    });
  });

  it('is one of a bounded number, so that nobody fills every process’s memory', async () => {
    const hoarder = await makeBuyer(platform);
    await platform.db.insert(keys).values(
      Array.from({ length: MAX_ACTIVE_KEYS }, () => ({
        id: newId('key'),
        organizationId: hoarder.organizationId,
        name: 'One of many',
        hash: hashKey(generateKeySecret(), 'pepper'),
        prefix: 'tg_live_xxxx',
        lastFour: 'xxxx',
      })),
    );
    await expect(createKey(hoarder.ctx, { name: 'One more' })).rejects.toMatchObject({ code: 'conflict' });
    const [any] = await listKeys(hoarder.ctx);
    await revokeKey(hoarder.ctx, { keyId: any!.id });
    await expect(createKey(hoarder.ctx, { name: 'One more' })).resolves.toBeDefined();
  });

  it('is replaced at once when it has leaked, and not brought back from its end, however many there are', async () => {
    const hoarder = await makeBuyer(platform);
    const { key: short } = await createKey(hoarder.ctx, {
      name: 'Short',
      expiresAt: new Date(clock.now() + 60_000),
    });
    clock.advance(60_000);
    for (let i = 0; i < MAX_ACTIVE_KEYS; i += 1) await createKey(hoarder.ctx, { name: 'One of many' });
    await expect(updateKey(hoarder.ctx, { keyId: short.id, expiresAt: null })).rejects.toMatchObject({
      code: 'conflict',
    });
    const leaked = (await listKeys(hoarder.ctx)).find(({ state }) => state === 'active')!;
    await expect(rotateKey(hoarder.ctx, { keyId: leaked.id, graceHours: 24 })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(rotateKey(hoarder.ctx, { keyId: leaked.id })).resolves.toBeDefined();
    expect(await getKey(hoarder.ctx, { keyId: leaked.id })).toMatchObject({ state: 'revoked' });
  });
});

describe('revoking', () => {
  it('ends a key for good, once, however often it is asked', async () => {
    const { key } = await createKey(buyer.ctx, { name: 'Doomed' });
    const first = await revokeKey(buyer.ctx, { keyId: key.id });
    clock.advance(5_000);
    const second = await revokeKey(buyer.ctx, { keyId: key.id });
    expect(first.state).toBe('revoked');
    expect(second.revokedAt).toEqual(first.revokedAt);
    const trail = await platform.db.select().from(auditEvents).where(eq(auditEvents.subjectId, key.id));
    expect(trail.filter(({ action }) => action === 'key.revoked')).toHaveLength(1);
  });

  it('tells every process', async () => {
    const { key } = await createKey(buyer.ctx, { name: 'Heard' });
    const heard: string[] = [];
    const listening = await platform.database.sql.listen('tollgate_changes', (text) => heard.push(text));
    await revokeKey(buyer.ctx, { keyId: key.id });
    // A notification of our own is a fence: PostgreSQL delivers them in order of commit.
    await new Promise<void>((resolve) => {
      void platform.database.sql.listen(
        'fence',
        () => resolve(),
        () => void platform.database.sql.notify('fence', ''),
      );
    });
    await listening.unlisten();
    expect(heard).toContain(`keys:${key.id}:${buyer.organizationId}`);
  });
});

describe('keys of another organization', () => {
  it('are neither listed nor revoked', async () => {
    const { key } = await createKey(buyer.ctx, { name: 'Mine' });
    expect((await listKeys(stranger.ctx)).map(({ id }) => id)).not.toContain(key.id);
    await expect(revokeKey(stranger.ctx, { keyId: key.id })).rejects.toMatchObject({ code: 'not_found' });
    expect((await listKeys(buyer.ctx)).find(({ id }) => id === key.id)?.state).toBe('active');
  });
});

describe('roles', () => {
  it('let members make and revoke keys, but not those who only pay', async () => {
    const member = platform.createContext({ ...buyer.actor, role: 'member' });
    const billing = platform.createContext({ ...buyer.actor, role: 'billing' });
    const { key } = await createKey(member, { name: 'By a member' });
    await expect(createKey(billing, { name: 'No' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(revokeKey(billing, { keyId: key.id })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(revokeKey(member, { keyId: key.id })).resolves.toMatchObject({ state: 'revoked' });
    const anonymous = platform.createContext({ type: 'anonymous' });
    await expect(listKeys(anonymous)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlanPrice } from '../../app/domain/plans/index.ts';
import {
  approveService,
  createService,
  getPublishedService,
  listAllServices,
  listPublishedServices,
  pauseService,
  reinstateService,
  suspendService,
  type CreateServiceInput,
} from '../../app/domain/services/index.ts';
import { createUpstream, listUpstreams, updateUpstream } from '../../app/domain/upstreams/index.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  auditEvents,
  organizations,
  platformSettings,
  services,
  subscriptions,
} from '../../db/schema/index.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { anonymous, makeMember, type TestMember } from '../support/sellers.ts';

let platform: TestPlatform;
let seller: TestMember;
let admin: TestMember;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
  seller = await makeMember(platform, { name: 'Nimbus Labs' });
  admin = await makeMember(platform, { isPlatformAdmin: true });
  await publish({ name: 'Rain radar', summary: '100% coverage', category: 'geo' });
  await publish({
    name: 'Translate',
    kind: 'llm',
    category: 'ai',
    plans: [
      { kind: 'per_token', name: 'Tokens', inputPrice: '0.5', outputPrice: '1.5' },
      { kind: 'flat', name: 'Monthly', monthlyFee: '9.00' },
    ],
  });
  await publish({
    name: '天気予報',
    category: 'geo',
    plans: [{ kind: 'per_call', name: 'Calls', callPrice: '0.0005' }],
  });
  await createService(seller.ctx, { name: 'Draft radar', baseUrl: 'http://127.0.0.1:4010' });
});
afterAll(() => platform.close());

function publish(input: Partial<CreateServiceInput>, owner = seller) {
  return createService(owner.ctx, {
    name: 'Service',
    baseUrl: 'http://127.0.0.1:4010',
    plans: [{ kind: 'free', name: 'Free' }],
    publish: true,
    ...input,
  });
}

const names = async (input: Parameters<typeof listPublishedServices>[1]) =>
  (await listPublishedServices(anonymous(platform), input)).items.map(({ name }) => name);

describe('the catalogue', () => {
  it('lists published services alone, to anybody', async () => {
    expect(await names({ sort: 'name' })).toEqual(['Rain radar', 'Translate', '天気予報']);
  });

  it('finds words in any order, in name, summary and seller, in any script', async () => {
    expect(await names({ query: 'radar rain' })).toEqual(['Rain radar']);
    expect(await names({ query: 'NIMBUS trans' })).toEqual(['Translate']);
    expect(await names({ query: '予報' })).toEqual(['天気予報']);
    expect(await names({ query: 'nothing like it' })).toEqual([]);
  });

  it('takes wildcards literally', async () => {
    expect(await names({ query: '%' })).toEqual(['Rain radar']);
    expect(await names({ query: '_' })).toEqual([]);
    expect(await names({ query: '\\' })).toEqual([]);
    expect(await names({ query: "' or 1=1 --" })).toEqual([]);
  });

  it('refuses a search of more than 100 characters', async () => {
    await expect(
      listPublishedServices(anonymous(platform), { query: 'x'.repeat(101) }),
    ).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('filters, and counts what each other filter would leave', async () => {
    const page = await listPublishedServices(anonymous(platform), { category: 'geo' });
    expect(page.total).toBe(2);
    expect(page.facets.categories).toEqual([
      { value: 'geo', count: 2 },
      { value: 'ai', count: 1 },
    ]);
    expect(page.facets.kinds).toEqual([{ value: 'http', count: 2 }]);
    expect(page.facets.prices).toEqual([
      { value: 'free', count: 1 },
      { value: 'per_call', count: 1 },
    ]);
    expect(await names({ price: 'flat' })).toEqual(['Translate']);
    expect(await names({ kind: 'llm' })).toEqual(['Translate']);
  });

  it('sorts by the cheapest plan, at the price of now', async () => {
    expect(await names({ sort: 'price' })).toEqual(['Rain radar', '天気予報', 'Translate']);
    const [, cheap] = (await listPublishedServices(anonymous(platform), { sort: 'price' })).items;
    expect(cheap?.startingPlan?.kind).toBe('per_call');
    await changePlanPrice(seller.ctx, { planId: cheap!.plans[0]!.id, kind: 'per_call', callPrice: '0.5' });
    expect(await names({ sort: 'price' })).toEqual(['Rain radar', 'Translate', '天気予報']);
  });

  it('shows twelve a page', async () => {
    const many = await makeMember(platform, { name: 'Bulk' });
    for (let i = 0; i < 13; i++) await publish({ name: `Bulk ${i}` }, many);
    const pages = await Promise.all(
      [1, 2, 3].map((page) => listPublishedServices(anonymous(platform), { query: 'bulk', page })),
    );
    expect(pages.map(({ items }) => items.length)).toEqual([12, 1, 0]);
    expect(pages[0]).toMatchObject({ total: 13, pageCount: 2 });
    await platform.db
      .update(organizations)
      .set({ status: 'suspended' })
      .where(eq(organizations.id, many.organizationId));
    expect(await names({ query: 'bulk' })).toEqual([]);
  });
});

describe('a service page', () => {
  it('is found by slug or id, without anything of the upstream', async () => {
    const service = await publish({
      name: 'Page',
      credential: { placement: 'bearer', secret: 'sk-canary-page' },
    });
    for (const name of [service.slug, service.id]) {
      const found = await getPublishedService(anonymous(platform), name);
      expect(found).toMatchObject({ id: service.id, isListed: true, seller: { name: 'Nimbus Labs' } });
      const text = JSON.stringify(found, (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      expect(text).not.toMatch(/127\.0\.0\.1|sk-canary|v1\.[^"]+\./);
    }
  });

  it('is there for its seller, its subscribers and administrators when it is not listed', async () => {
    const service = await publish({ name: 'Hidden soon' });
    const buyer = await makeMember(platform);
    const stranger = await makeMember(platform);
    const page = await getPublishedService(buyer.ctx, service.slug);
    await platform.db.insert(subscriptions).values({
      id: newId('subscription'),
      organizationId: buyer.organizationId,
      sellerOrganizationId: seller.organizationId,
      serviceId: service.id,
      planId: page.plans[0]!.id,
      status: 'active',
    });
    await pauseService(seller.ctx, { serviceId: service.id });
    for (const { ctx } of [seller, buyer, admin]) {
      expect(await getPublishedService(ctx, service.slug)).toMatchObject({
        isListed: false,
        status: 'paused',
      });
    }
    for (const ctx of [anonymous(platform), stranger.ctx]) {
      await expect(getPublishedService(ctx, service.slug)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('administrators', () => {
  it('approve what waits for review', async () => {
    await platform.db.update(platformSettings).set({ reviewBeforePublishing: true });
    const service = await publish({ name: 'Waiting' });
    await platform.db.update(platformSettings).set({ reviewBeforePublishing: false });
    const queue = await listAllServices(admin.ctx, { status: 'in_review' });
    expect(queue.items.map(({ id }) => id)).toEqual([service.id]);
    await approveService(admin.ctx, { serviceId: service.id });
    expect((await getPublishedService(anonymous(platform), service.slug)).isListed).toBe(true);
  });

  it('suspend and reinstate, each with one line in the trail', async () => {
    const service = await publish({ name: 'Suspicious' });
    await suspendService(admin.ctx, { serviceId: service.id, reason: 'Spam' });
    await expect(getPublishedService(anonymous(platform), service.slug)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(pauseService(seller.ctx, { serviceId: service.id })).rejects.toMatchObject({
      code: 'conflict',
    });
    await reinstateService(admin.ctx, { serviceId: service.id });
    expect((await getPublishedService(anonymous(platform), service.slug)).isListed).toBe(true);
    const trail = await platform.db.select().from(auditEvents).where(eq(auditEvents.subjectId, service.id));
    const moves = trail.filter(({ action }) => /suspended|reinstated/.test(action));
    const order = moves.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    expect(order.map(({ action, after }) => [action, after])).toEqual([
      ['service.suspended', { status: 'suspended', reason: 'Spam' }],
      ['service.reinstated', { status: 'published' }],
    ]);
  });

  it('are the only ones who can', async () => {
    const service = await publish({ name: 'Untouched' });
    const { ctx } = seller;
    for (const work of [
      () => listAllServices(ctx, {}),
      () => approveService(ctx, { serviceId: service.id }),
      () => suspendService(ctx, { serviceId: service.id }),
      () => reinstateService(ctx, { serviceId: service.id }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'forbidden' });
    }
    const [row] = await platform.db.select().from(services).where(eq(services.id, service.id));
    expect(row?.status).toBe('published');
  });
});

describe('a service with several upstreams', () => {
  it('offers the models of all that are in use, and says what becomes of abandoned answers', async () => {
    const service = await publish({ name: 'Two ways', kind: 'llm', models: ['small', 'large'] });
    const second = await createUpstream(seller.ctx, {
      ...{ serviceId: service.id, baseUrl: 'http://127.0.0.1:4010/other', dialect: 'anthropic' },
      ...{ models: ['large', 'huge'], priority: 5, abandonPolicy: 'drain' },
    });
    const shown = () => getPublishedService(anonymous(platform), service.slug);
    expect(await shown()).toMatchObject({
      models: ['small', 'large', 'huge'],
      abandonPolicies: ['cancel', 'drain'],
    });
    const [first] = await listUpstreams(seller.ctx, { serviceId: service.id });
    await updateUpstream(seller.ctx, { upstreamId: first!.id, priority: 9 });
    expect((await shown()).models).toEqual(['large', 'huge', 'small']);
    await updateUpstream(seller.ctx, { upstreamId: second.id, status: 'disabled' });
    expect(await shown()).toMatchObject({ models: ['small', 'large'], abandonPolicies: ['cancel'] });
  });
});

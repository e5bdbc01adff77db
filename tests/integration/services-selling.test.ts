import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createService,
  deleteService,
  getOwnService,
  listOwnServices,
  pauseService,
  publishService,
  replaceCredential,
  updateService,
  type CreateServiceInput,
} from '../../app/domain/services/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  auditEvents,
  credentials,
  organizations,
  platformSettings,
  services,
  subscriptions,
  upstreams,
} from '../../db/schema/index.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { makeMember, type TestMember } from '../support/sellers.ts';

const SECRET = 'sk-canary-7Qm2/9x+Zr==';
let platform: TestPlatform;
let seller: TestMember;
let stranger: TestMember;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
  seller = await makeMember(platform);
  stranger = await makeMember(platform);
});
afterAll(() => platform.close());

const draft = (over: Partial<CreateServiceInput> = {}): CreateServiceInput => ({
  name: 'Weather',
  baseUrl: 'http://127.0.0.1:4010/v2/',
  ...over,
});

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error('nothing was refused', { cause: error });
  return error;
}

async function subscribe(serviceId: string, planId: string, buyer: TestMember): Promise<string> {
  const id = newId('subscription');
  await platform.db.insert(subscriptions).values({
    id,
    organizationId: buyer.organizationId,
    sellerOrganizationId: seller.organizationId,
    serviceId,
    planId,
    status: 'active',
  });
  return id;
}

describe('creating a service', () => {
  it('makes an ordinary organization a seller, with a line in its audit trail', async () => {
    const newcomer = await makeMember(platform);
    const service = await createService(newcomer.ctx, draft({ name: 'First of mine' }));
    const [organization] = await platform.db
      .select()
      .from(organizations)
      .where(eq(organizations.id, newcomer.organizationId));
    expect(organization?.sellingEnabledAt).toBeInstanceOf(Date);
    expect(service).toMatchObject({
      slug: 'first-of-mine',
      kind: 'http',
      status: 'draft',
      subscriberCount: 0,
    });
    const trail = await platform.db
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.organizationId, newcomer.organizationId));
    expect(trail.map(({ action }) => action)).toContain('service.created');
  });

  it('gives services of one name different slugs, also when they are made at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 4 }, () => createService(seller.ctx, draft({ name: 'Same name' }))),
    );
    expect(made.map(({ slug }) => slug).sort()).toEqual([
      'same-name',
      'same-name-2',
      'same-name-3',
      'same-name-4',
    ]);
  });

  it('stores origin and path alone', async () => {
    const service = await createService(seller.ctx, draft({ baseUrl: ' HTTP://127.0.0.1:4010/a/../b// ' }));
    expect(service.upstream.baseUrl).toBe('http://127.0.0.1:4010/b');
  });

  it('refuses a slug in use, a reserved one and a malformed one by field', async () => {
    await createService(seller.ctx, draft({ slug: 'taken-slug' }));
    const taken = await refusal(createService(stranger.ctx, draft({ slug: 'taken-slug' })));
    expect(taken).toMatchObject({ code: 'already_exists', issues: [{ field: 'slug', reason: 'taken' }] });
    for (const [slug, reason] of [
      ['admin', 'reserved'],
      ['-ab', 'invalid_slug'],
      ['a_b_c', 'invalid_slug'],
    ] as const) {
      const error = await refusal(createService(seller.ctx, draft({ slug })));
      expect(error.issues).toEqual([{ field: 'slug', reason }]);
    }
  });

  it('refuses unknown fields and everything that is missing, by name', async () => {
    const input = { name: '', baseUrl: 'ftp://files.example.com', status: 'published' };
    const error = await refusal(createService(seller.ctx, input as unknown as CreateServiceInput));
    expect(error.code).toBe('invalid_request');
    expect(error.issues.map(({ field, reason }) => `${field} ${reason}`).sort()).toEqual([
      'baseUrl invalid_url',
      'name too_short',
      'status unknown_field',
    ]);
  });

  it('refuses credentials that could not be sent as they are', async () => {
    const cases: [CreateServiceInput['credential'], string][] = [
      [{ placement: 'bearer' }, 'credential.secret'],
      [{ placement: 'bearer', secret: 'a\r\nHost: evil' }, 'credential.secret'],
      [{ placement: 'header', secret: 'x' }, 'credential.parameterName'],
      [{ placement: 'header', parameterName: 'Host', secret: 'x' }, 'credential.parameterName'],
      [{ placement: 'header', parameterName: 'a: b', secret: 'x' }, 'credential.parameterName'],
      [{ placement: 'query', parameterName: 'a&b', secret: 'x' }, 'credential.parameterName'],
      [{ placement: 'basic', secret: 'no-colon' }, 'credential.secret'],
    ];
    for (const [credential, field] of cases) {
      const error = await refusal(createService(seller.ctx, draft({ credential })));
      expect(error.issues[0]?.field).toBe(field);
    }
  });

  it('is for owners and administrators of the organization', async () => {
    for (const role of ['member', 'billing'] as const) {
      expect((await refusal(createService(seller.as(role), draft()))).code).toBe('forbidden');
    }
    expect((await refusal(createService(platform.createContext({ type: 'anonymous' }), draft()))).code).toBe(
      'unauthenticated',
    );
    await expect(createService(seller.as('admin'), draft())).resolves.toBeDefined();
  });
});

describe('an upstream that is not on the public internet', () => {
  it.each([
    'http://169.254.169.254',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:127.0.0.1]',
    'http://[::1]:4010',
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://127.1',
    'http://0.0.0.0',
    'http://10.0.0.8',
    'http://192.168.1.1:8080',
    'http://[fd00::1]',
    'http://[64:ff9b::7f00:1]',
    'http://localhost',
    'http://localhost.',
    'http://anything.localhost:4011',
    'http://metadata.google.internal',
    'http://127.0.0.1:5432',
  ])('is refused at save: %s', async (baseUrl) => {
    const own = await createService(seller.ctx, draft());
    for (const work of [
      () => createService(seller.ctx, draft({ baseUrl })),
      () => updateService(seller.ctx, { serviceId: own.id, baseUrl }),
    ]) {
      expect(await refusal(work())).toMatchObject({
        code: 'blocked_target',
        status: 400,
        issues: [{ field: 'baseUrl', reason: 'blocked_target' }],
      });
    }
    expect((await getOwnService(seller.ctx, { serviceIdOrSlug: own.id })).upstream.baseUrl).toBe(
      'http://127.0.0.1:4010/v2',
    );
  });

  it('is refused when its name resolves to a private address', async () => {
    const { createEgress } = await import('../../app/infra/egress/create-egress.ts');
    const egress = createEgress({
      allow: [],
      logger: platform.logger,
      resolve: () => Promise.resolve(['93.184.216.34', '10.1.2.3']),
    });
    const ctx: Context = { ...seller.ctx, egress };
    const error = await refusal(createService(ctx, draft({ baseUrl: 'https://rebinding.example.com' })));
    expect(error).toMatchObject({ code: 'blocked_target', issues: [{ field: 'baseUrl' }] });
    await egress.close();
  });

  it.each([
    'https://user:pw@api.example.com',
    'https://api.example.com/a%2fb',
    'https://api.example.com/?q=1',
  ])('has to be origin and path alone: %s', async (baseUrl) => {
    const error = await refusal(createService(seller.ctx, draft({ baseUrl })));
    expect(error.issues).toEqual([{ field: 'baseUrl', reason: 'invalid_url' }]);
  });
});

describe('the credential', () => {
  it('is sealed for its row, and no answer holds it', async () => {
    const service = await createService(
      seller.ctx,
      draft({ credential: { placement: 'header', parameterName: 'X-Api-Key', secret: SECRET } }),
    );
    const [row] = await platform.db
      .select()
      .from(credentials)
      .where(eq(credentials.upstreamId, service.upstream.id));
    expect(row?.secretEnvelope).toMatch(/^v1\./);
    expect(platform.keyring.open(row!.secretEnvelope!, `credential:${row!.id}`)).toBe(SECRET);
    expect(() => platform.keyring.open(row!.secretEnvelope!, `credential:${newId('credential')}`)).toThrow();

    const answers = [
      service,
      row,
      await getOwnService(seller.ctx, { serviceIdOrSlug: service.slug }),
      await listOwnServices(seller.ctx),
      await updateService(seller.ctx, { serviceId: service.id, summary: 'Changed.' }),
      await platform.db.select().from(auditEvents),
    ];
    const text = JSON.stringify(answers, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64'));
    expect(service.credential).toMatchObject({ placement: 'header', parameterName: 'X-Api-Key' });
    expect(service.credential.secretSetAt).toBeInstanceOf(Date);
  });

  it('can be replaced, moved elsewhere with its secret, and removed', async () => {
    const service = await createService(
      seller.ctx,
      draft({ credential: { placement: 'bearer', secret: 'one' } }),
    );
    const opened = async () => {
      const [row] = await platform.db
        .select()
        .from(credentials)
        .where(eq(credentials.upstreamId, service.upstream.id));
      return [
        row?.placement,
        row?.parameterName,
        row?.secretEnvelope && platform.keyring.open(row.secretEnvelope, `credential:${row.id}`),
      ];
    };
    await replaceCredential(seller.ctx, { serviceId: service.id, placement: 'bearer', secret: 'two' });
    expect(await opened()).toEqual(['bearer', null, 'two']);
    await updateService(seller.ctx, {
      serviceId: service.id,
      credential: { placement: 'query', parameterName: 'key' },
    });
    expect(await opened()).toEqual(['query', 'key', 'two']);
    const error = await refusal(
      updateService(seller.ctx, { serviceId: service.id, credential: { placement: 'basic' } }),
    );
    expect(error.issues).toEqual([{ field: 'credential.secret', reason: 'secret_needed' }]);
    await replaceCredential(seller.ctx, { serviceId: service.id, placement: 'none' });
    expect(await opened()).toEqual(['none', null, null]);
  });
});

describe('publishing', () => {
  it('needs a plan', async () => {
    const service = await createService(seller.ctx, draft());
    const error = await refusal(publishService(seller.ctx, { serviceId: service.id }));
    expect(error).toMatchObject({ code: 'conflict', issues: [{ field: 'plans', reason: 'required' }] });
  });

  it('fixes the slug', async () => {
    const service = await createService(
      seller.ctx,
      draft({ slug: 'fixed-slug', plans: [{ kind: 'free', name: 'Free' }] }),
    );
    await updateService(seller.ctx, { serviceId: service.id, slug: 'still-free' });
    await publishService(seller.ctx, { serviceId: service.id });
    const error = await refusal(updateService(seller.ctx, { serviceId: service.id, slug: 'too-late' }));
    expect(error.issues).toEqual([{ field: 'slug', reason: 'reserved' }]);
  });

  it('can be paused and resumed', async () => {
    const service = await createService(
      seller.ctx,
      draft({ plans: [{ kind: 'free', name: 'Free' }], publish: true }),
    );
    expect(service.status).toBe('published');
    await pauseService(seller.ctx, { serviceId: service.id });
    expect((await getOwnService(seller.ctx, { serviceIdOrSlug: service.id })).status).toBe('paused');
    expect(await publishService(seller.ctx, { serviceId: service.id })).toBe('published');
  });

  it('waits for an administrator when reviews are on, once', async () => {
    await platform.db.update(platformSettings).set({ reviewBeforePublishing: true });
    try {
      const service = await createService(
        seller.ctx,
        draft({ plans: [{ kind: 'free', name: 'Free' }], publish: true }),
      );
      expect(service).toMatchObject({ status: 'in_review', publishedAt: null });
      await pauseService(seller.ctx, { serviceId: service.id });
      expect((await getOwnService(seller.ctx, { serviceIdOrSlug: service.id })).status).toBe('draft');
    } finally {
      await platform.db.update(platformSettings).set({ reviewBeforePublishing: false });
    }
  });
});

describe('deleting', () => {
  it('removes a service that never had a plan, with its secret', async () => {
    const service = await createService(
      seller.ctx,
      draft({ slug: 'short-lived', credential: { placement: 'bearer', secret: SECRET } }),
    );
    expect(await deleteService(seller.ctx, { serviceId: service.id })).toEqual({
      outcome: 'deleted',
      subscriberCount: 0,
    });
    expect(await platform.db.select().from(services).where(eq(services.id, service.id))).toEqual([]);
    expect(await platform.db.select().from(upstreams).where(eq(upstreams.serviceId, service.id))).toEqual([]);
    await expect(createService(stranger.ctx, draft({ slug: 'short-lived' }))).resolves.toBeDefined();
  });

  it('keeps priced history but nothing secret, and its slug stays out of other hands', async () => {
    const service = await createService(
      seller.ctx,
      draft({
        slug: 'had-a-plan',
        credential: { placement: 'bearer', secret: SECRET },
        plans: [{ kind: 'free', name: 'Free' }],
        publish: true,
      }),
    );
    expect((await deleteService(seller.ctx, { serviceId: service.id })).outcome).toBe('deleted');
    const [row] = await platform.db
      .select()
      .from(credentials)
      .where(eq(credentials.upstreamId, service.upstream.id));
    expect(row).toBeUndefined();
    expect((await refusal(getOwnService(seller.ctx, { serviceIdOrSlug: service.id }))).code).toBe(
      'not_found',
    );
    expect((await refusal(createService(stranger.ctx, draft({ slug: 'had-a-plan' })))).code).toBe(
      'already_exists',
    );
  });

  it('archives a service with subscribers, and keeps what their calls need', async () => {
    const buyer = await makeMember(platform);
    const service = await createService(
      seller.ctx,
      draft({
        credential: { placement: 'bearer', secret: SECRET },
        plans: [{ kind: 'free', name: 'Free' }],
        publish: true,
      }),
    );
    const { items } = await listOwnServices(seller.ctx);
    const planId = items.find(({ id }) => id === service.id)!.plans[0]!.id;
    await subscribe(service.id, planId, buyer);
    expect(await deleteService(seller.ctx, { serviceId: service.id })).toEqual({
      outcome: 'archived',
      subscriberCount: 1,
    });
    const kept = await getOwnService(seller.ctx, { serviceIdOrSlug: service.id });
    expect(kept).toMatchObject({ status: 'archived', credential: { placement: 'bearer' } });
    expect(kept.upstream.status).toBe('active');
    await replaceCredential(seller.ctx, { serviceId: service.id, placement: 'bearer', secret: 'rotated' });
  });
});

describe("another organization's service", () => {
  it('does not exist for any verb, and stays as it is', async () => {
    const service = await createService(
      seller.ctx,
      draft({ name: 'Mine', plans: [{ kind: 'free', name: 'Free' }], publish: true }),
    );
    const { ctx } = stranger;
    const serviceId = service.id;
    const before = await getOwnService(seller.ctx, { serviceIdOrSlug: serviceId });
    for (const work of [
      () => getOwnService(ctx, { serviceIdOrSlug: serviceId }),
      () => getOwnService(ctx, { serviceIdOrSlug: service.slug }),
      () => updateService(ctx, { serviceId, name: 'Stolen' }),
      () => replaceCredential(ctx, { serviceId, placement: 'bearer', secret: 'x' }),
      () => publishService(ctx, { serviceId }),
      () => pauseService(ctx, { serviceId }),
      () => deleteService(ctx, { serviceId }),
    ]) {
      expect((await refusal(work())).code).toBe('not_found');
    }
    expect(await getOwnService(seller.ctx, { serviceIdOrSlug: serviceId })).toEqual(before);
    expect((await listOwnServices(ctx)).items.map(({ id }) => id)).not.toContain(serviceId);
  });
});

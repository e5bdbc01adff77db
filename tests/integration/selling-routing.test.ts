import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  updateEndpoint,
} from '../../app/domain/endpoints/index.ts';
import { createPlan, updatePlan } from '../../app/domain/plans/index.ts';
import {
  createProvider,
  deleteProvider,
  listProviders,
  updateProvider,
} from '../../app/domain/providers/index.ts';
import {
  clearProxySecret,
  configureRouting,
  createService,
  generateProxySecret,
  getOwnService,
  type ConfigureRoutingInput,
  type OwnService,
} from '../../app/domain/services/index.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { credentials, services } from '../../db/schema/index.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { makeMember, type TestMember } from '../support/sellers.ts';
import { unique } from '../support/unique.ts';

let platform: TestPlatform;
let seller: TestMember;
let stranger: TestMember;
let admin: TestMember;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
  seller = await makeMember(platform);
  stranger = await makeMember(platform);
  admin = await makeMember(platform, { isPlatformAdmin: true });
});
afterAll(() => platform.close());

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error('nothing was refused', { cause: error });
  return error;
}

const makeService = (member = seller): Promise<OwnService> =>
  createService(member.ctx, {
    name: unique('Models'),
    kind: 'llm',
    baseUrl: 'http://127.0.0.1:4010/v1',
    models: ['small', 'large'],
  });

describe('routing settings', () => {
  it('are kept as given, and absent ones stay', async () => {
    const { id: serviceId } = await makeService();
    const other = await makeService();
    await configureRouting(seller.ctx, {
      serviceId,
      strategy: 'weighted',
      fallbacks: ['large', `${other.slug}/small`],
      modelAliases: { fast: 'small' },
      defaultParameters: { temperature: 0.2 },
      cacheMode: 'opt_in',
      cacheTtlSeconds: 60,
      maxOutputTokens: 2_000,
    });
    await configureRouting(seller.ctx, { serviceId, coalesce: true, maxOutputTokens: null });
    expect(await getOwnService(seller.ctx, { serviceIdOrSlug: serviceId })).toMatchObject({
      routingStrategy: 'weighted',
      fallbacks: ['large', `${other.slug}/small`],
      modelAliases: { fast: 'small' },
      defaultParameters: { temperature: 0.2 },
      cacheMode: 'opt_in',
      cacheTtlSeconds: 60,
      coalesce: true,
      maxOutputTokens: null,
    });
  });

  const refused: [string, Omit<ConfigureRoutingInput, 'serviceId'>, string, string][] = [
    ['a strategy that does not exist', { strategy: 'luck' as 'weighted' }, 'strategy', 'invalid_choice'],
    ['a fallback to nowhere', { fallbacks: ['nobody/knows'] }, 'fallbacks', 'unknown_model'],
    ['an alias of an unknown model', { modelAliases: { a: 'b' } }, 'modelAliases', 'unknown_model'],
    ['an alias of an alias', { modelAliases: { a: 'b', b: 'small' } }, 'modelAliases', 'alias_of_alias'],
    ['a default model', { defaultParameters: { model: 'large' } }, 'defaultParameters', 'reserved_parameter'],
    [
      'parameters beyond 8 KB',
      { defaultParameters: { a: 'x'.repeat(9_000) } },
      'defaultParameters',
      'too_long',
    ],
    ['a cache of a week', { cacheTtlSeconds: 604_800 }, 'cacheTtlSeconds', 'too_big'],
  ];
  it.each(refused)('cannot be %s', async (_name, settings, field, reason) => {
    const { id: serviceId } = await makeService();
    const error = await refusal(configureRouting(seller.ctx, { serviceId, ...settings }));
    expect(error.issues[0]).toMatchObject({ field, reason });
  });

  it('show a proxy secret once, and never hand out its envelope', async () => {
    const { id: serviceId } = await makeService();
    const secret = await generateProxySecret(seller.ctx, { serviceId });
    const [row] = await platform.db.select().from(services).where(eq(services.id, serviceId));
    expect(platform.keyring.open(row!.proxySecretEnvelope!, `proxy-secret:${serviceId}`)).toBe(secret);
    const shown = await getOwnService(seller.ctx, { serviceIdOrSlug: serviceId });
    expect(shown.hasProxySecret).toBe(true);
    expect(shown).not.toHaveProperty('proxySecretEnvelope');
    await clearProxySecret(seller.ctx, { serviceId });
    expect((await getOwnService(seller.ctx, { serviceIdOrSlug: serviceId })).hasProxySecret).toBe(false);
  });

  it('belong to one organization', async () => {
    const { id: serviceId } = await makeService();
    for (const work of [
      () => configureRouting(stranger.ctx, { serviceId, coalesce: true }),
      () => generateProxySecret(stranger.ctx, { serviceId }),
      () => clearProxySecret(stranger.ctx, { serviceId }),
    ]) {
      expect((await refusal(work())).code).toBe('not_found');
    }
    expect((await refusal(configureRouting(seller.as('member'), { serviceId, coalesce: true }))).code).toBe(
      'forbidden',
    );
  });
});

describe('limits of a plan', () => {
  it('are kept, changed and taken back', async () => {
    const { id: serviceId } = await makeService();
    const plan = await createPlan(seller.ctx, {
      serviceId,
      kind: 'free',
      name: 'Small',
      requestsPerDay: 100,
      tokensPerMinute: 5_000,
      maxConcurrency: 2,
      modelLimits: [{ model: 'large*', requestsPerMinute: 1 }],
    });
    expect(plan).toMatchObject({ requestsPerDay: 100, tokensPerMinute: 5_000, maxConcurrency: 2 });
    const changed = await updatePlan(seller.ctx, { planId: plan.id, requestsPerDay: null, tokensPerDay: 9 });
    expect(changed).toMatchObject({
      requestsPerDay: null,
      tokensPerMinute: 5_000,
      tokensPerDay: 9,
      modelLimits: [{ model: 'large*', requestsPerMinute: 1 }],
    });
    const error = await refusal(updatePlan(seller.ctx, { planId: plan.id, modelLimits: [{ model: 'x' }] }));
    expect(error.issues[0]?.reason).toBe('required');
  });
});

describe('custom paths', () => {
  it('lead to an own service and can be changed and freed', async () => {
    const service = await makeService();
    const path = unique('translate').toLowerCase();
    const created = await createEndpoint(seller.ctx, {
      path: `/${path}`,
      service: service.slug,
      systemPrompt: 'Translate.',
      streaming: 'on',
    });
    expect(created).toMatchObject({ path, streaming: 'on', service: { slug: service.slug } });
    const taken = createEndpoint(seller.ctx, { path, service: service.id });
    expect((await refusal(taken)).issues).toEqual([{ field: 'path', reason: 'taken' }]);
    const changed = await updateEndpoint(seller.ctx, {
      endpointId: created.id,
      path: `${path}/v2`,
      defaultModel: 'small',
      status: 'disabled',
    });
    expect(changed).toMatchObject({ path: `${path}/v2`, defaultModel: 'small', systemPrompt: 'Translate.' });
    await deleteEndpoint(seller.ctx, { endpointId: created.id });
    const left = await listEndpoints(seller.ctx, { serviceId: service.id });
    expect(left).toEqual([]);
  });

  it.each([
    ['admin/anything', 'reserved'],
    ['v1/chat', 'reserved'],
    ['proxy', 'reserved'],
    ['a/b/c/d', 'invalid_path'],
    ['Größe', 'invalid_path'],
    ['a/../b', 'invalid_path'],
    ['a%2fb', 'invalid_path'],
    ['', 'required'],
  ])('may not be %s', async (path, reason) => {
    const service = await makeService();
    const error = await refusal(createEndpoint(seller.ctx, { path, service: service.id }));
    expect(error.issues).toMatchObject([{ field: 'path', reason }]);
  });

  it('belong to one organization, and administrators look after all', async () => {
    const service = await makeService();
    const path = unique('mine').toLowerCase();
    const { id: endpointId } = await createEndpoint(seller.ctx, { path, service: service.id });
    const foreign = createEndpoint(stranger.ctx, {
      path: unique('theirs').toLowerCase(),
      service: service.id,
    });
    expect((await refusal(foreign)).issues).toEqual([{ field: 'service', reason: 'invalid_choice' }]);
    expect((await refusal(updateEndpoint(stranger.ctx, { endpointId, status: 'disabled' }))).code).toBe(
      'not_found',
    );
    expect((await refusal(deleteEndpoint(stranger.ctx, { endpointId }))).code).toBe('not_found');
    expect(await listEndpoints(stranger.ctx, { everybody: true })).toEqual([]);
    const member = seller.as('member');
    expect((await refusal(deleteEndpoint(member, { endpointId }))).code).toBe('forbidden');
    const all = await listEndpoints(admin.ctx, { everybody: true });
    expect(all.map(({ id }) => id)).toContain(endpointId);
    await updateEndpoint(admin.ctx, { endpointId, status: 'disabled' });
    await deleteEndpoint(admin.ctx, { endpointId });
  });
});

describe('providers of the platform', () => {
  it('are LLM services of the administrators, with the key where their dialect expects it', async () => {
    const provider = await createProvider(admin.ctx, {
      name: 'Claude',
      baseUrl: 'http://127.0.0.1:4010',
      dialect: 'anthropic',
      apiKey: 'sk-ant-1',
      models: ['claude-small'],
    });
    expect(provider).toMatchObject({
      kind: 'llm',
      status: 'draft',
      credential: { placement: 'header', parameterName: 'x-api-key' },
    });
    const changed = await updateProvider(admin.ctx, {
      providerId: provider.id,
      dialect: 'openai-chat',
      status: 'disabled',
    });
    expect(changed).toMatchObject({
      upstream: { dialect: 'openai-chat', status: 'disabled', models: ['claude-small'] },
      credential: { placement: 'bearer' },
    });
    expect((await listProviders(admin.ctx)).map(({ id }) => id)).toContain(provider.id);
    expect(await deleteProvider(admin.ctx, { providerId: provider.id })).toMatchObject({
      outcome: 'deleted',
    });
    const left = await platform.db
      .select()
      .from(credentials)
      .where(eq(credentials.upstreamId, provider.upstream.id));
    expect(left).toEqual([]);
    expect((await listProviders(admin.ctx)).map(({ id }) => id)).not.toContain(provider.id);
  });

  it('are nobody else’s business', async () => {
    const service = await makeService();
    for (const work of [
      () => listProviders(seller.ctx),
      () => createProvider(seller.ctx, { name: 'Mine', baseUrl: 'http://127.0.0.1:4010' }),
      () => updateProvider(seller.ctx, { providerId: service.id, name: 'Mine' }),
      () => deleteProvider(seller.ctx, { providerId: service.id }),
    ]) {
      expect((await refusal((async () => work())())).code).toBe('forbidden');
    }
    expect((await refusal(deleteProvider(admin.ctx, { providerId: service.id }))).code).toBe('not_found');
  });
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addCredential,
  addCredentials,
  clearCredentials,
  deleteCredential,
  listCredentials,
  resetCredential,
  testCredential,
  updateCredential,
} from '../../app/domain/credentials/index.ts';
import {
  createService,
  getOwnService,
  listOwnServices,
  updateService,
  type OwnService,
} from '../../app/domain/services/index.ts';
import {
  createUpstream,
  deleteUpstream,
  listUpstreams,
  updateUpstream,
} from '../../app/domain/upstreams/index.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { auditEvents, credentials, egressPools } from '../../db/schema/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { makeMember, type TestMember } from '../support/sellers.ts';
import { unique } from '../support/unique.ts';

const HERE = 'http://127.0.0.1:4010';
const ELSEWHERE = 'http://127.0.0.1:4011';
const SECRET = 'sk-canary-91xQ7/b+Zr==';
let platform: TestPlatform;
let seller: TestMember;
let stranger: TestMember;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010,127.0.0.1:4011' });
  seller = await makeMember(platform);
  stranger = await makeMember(platform);
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

const makeService = (): Promise<OwnService> =>
  createService(seller.ctx, {
    name: unique('Models'),
    kind: 'llm',
    baseUrl: `${HERE}/v1`,
    models: ['small'],
    credential: { placement: 'bearer', secret: SECRET },
  });

const envelopes = (upstreamId: string) =>
  platform.db.select().from(credentials).where(eq(credentials.upstreamId, upstreamId));

describe('several upstreams of one service', () => {
  it('are listed in the order of routing, and the service is listed once', async () => {
    const service = await makeService();
    const second = await createUpstream(seller.ctx, {
      serviceId: service.id,
      name: 'Claude',
      baseUrl: ELSEWHERE,
      dialect: 'anthropic',
      models: ['large', 'small'],
      priority: 1,
      weight: 3,
      costPerMillion: '2.50',
      credential: { placement: 'header', parameterName: 'x-api-key', secret: 'sk-ant-1' },
    });
    expect(second).toMatchObject({
      dialect: 'anthropic',
      weight: 3,
      costNanosPerMillion: 2_500_000_000n,
      credentials: { total: 1, ready: 1 },
    });
    const list = await listUpstreams(seller.ctx, { serviceId: service.id });
    expect(list.map(({ baseUrl }) => baseUrl)).toEqual([`${HERE}/v1`, ELSEWHERE]);
    const own = await listOwnServices(seller.ctx);
    expect(own.items.filter(({ id }) => id === service.id)).toHaveLength(1);
    expect(await getOwnService(seller.ctx, { serviceIdOrSlug: service.id })).toMatchObject({
      upstream: { baseUrl: `${HERE}/v1` },
      upstreamCount: 2,
      credentialCount: 2,
      models: ['small', 'large'],
    });
  });

  it('wait for models for minutes, where the seller does not say how long', async () => {
    const service = await makeService();
    await createUpstream(seller.ctx, { serviceId: service.id, baseUrl: ELSEWHERE });
    await createUpstream(seller.ctx, {
      ...{ serviceId: service.id, baseUrl: ELSEWHERE },
      ...{ firstByteTimeoutMs: 20_000, priority: 2 },
    });
    const [first, second, third] = await listUpstreams(seller.ctx, { serviceId: service.id });
    for (const upstream of [first!, second!]) {
      expect(upstream.firstByteTimeoutMs).toBeGreaterThan(120_000);
      expect(upstream.idleTimeoutMs).toBeGreaterThan(120_000);
      expect(upstream.totalTimeoutMs).toBeGreaterThan(600_000);
    }
    expect(third).toMatchObject({ firstByteTimeoutMs: 20_000, idleTimeoutMs: first!.idleTimeoutMs });
  });

  it('always leave one, and take their credentials with them', async () => {
    const service = await makeService();
    const { id } = await createUpstream(seller.ctx, {
      serviceId: service.id,
      baseUrl: ELSEWHERE,
      credential: { placement: 'bearer', secret: 'sk-2' },
    });
    await expect(deleteUpstream(seller.ctx, { upstreamId: id })).resolves.toMatchObject({
      credentialCount: 1,
    });
    expect(await envelopes(id)).toEqual([]);
    const last = await refusal(deleteUpstream(seller.ctx, { upstreamId: service.upstream.id }));
    expect(last.code).toBe('conflict');
  });

  it('may not use the proxies of another organization', async () => {
    const service = await makeService();
    const poolId = newId('egressPool');
    await platform.db
      .insert(egressPools)
      .values({ id: poolId, organizationId: stranger.organizationId, name: 'Theirs' });
    const error = await refusal(
      updateUpstream(seller.ctx, { upstreamId: service.upstream.id, egressPoolId: poolId }),
    );
    expect(error.issues).toEqual([{ field: 'egressPoolId', reason: 'invalid_choice' }]);
  });
});

describe('a secret stays at the origin it was typed for', () => {
  it('so another origin needs it again, on the service and on the upstream', async () => {
    const service = await makeService();
    for (const work of [
      () => updateService(seller.ctx, { serviceId: service.id, baseUrl: `${ELSEWHERE}/v1` }),
      () => updateUpstream(seller.ctx, { upstreamId: service.upstream.id, baseUrl: ELSEWHERE }),
      () =>
        updateUpstream(seller.ctx, {
          upstreamId: service.upstream.id,
          baseUrl: ELSEWHERE,
          credential: { placement: 'header', parameterName: 'x-key' },
        }),
    ]) {
      expect((await refusal(work())).issues).toEqual([
        { field: 'credential.secret', reason: 'secret_needed' },
      ]);
    }
    const [stored] = await envelopes(service.upstream.id);
    expect(platform.keyring.open(stored!.secretEnvelope!, `credential:${stored!.id}`)).toBe(SECRET);
    const [upstream] = await listUpstreams(seller.ctx, { serviceId: service.id });
    expect(upstream?.baseUrl).toBe(`${HERE}/v1`);
  });

  it('and the rest of the pool is erased when it moves', async () => {
    const service = await makeService();
    const upstreamId = service.upstream.id;
    await addCredentials(seller.ctx, { upstreamId, placement: 'bearer', secrets: 'one\ntwo' });
    await updateUpstream(seller.ctx, {
      upstreamId,
      baseUrl: ELSEWHERE,
      credential: { placement: 'bearer', secret: 'sk-new' },
    });
    const rows = await envelopes(upstreamId);
    expect(rows.map((row) => platform.keyring.open(row.secretEnvelope!, `credential:${row.id}`))).toEqual([
      'sk-new',
    ]);
  });

  it('while another path at the same origin keeps it', async () => {
    const service = await makeService();
    await updateService(seller.ctx, { serviceId: service.id, baseUrl: `${HERE}/v2` });
    expect(await envelopes(service.upstream.id)).toHaveLength(1);
  });
});

describe('a pool of credentials', () => {
  it('takes a batch line by line and says which lines it left out', async () => {
    const service = await makeService();
    const upstreamId = service.upstream.id;
    const result = await addCredentials(seller.ctx, {
      upstreamId,
      placement: 'bearer',
      label: 'Team',
      weight: 2,
      secrets: `sk-a\n\n${SECRET}\n  sk-b  \nsk-a\nnicht-ä\n`,
    });
    expect(result).toEqual({
      added: [1, 4],
      skipped: [
        { line: 3, reason: 'duplicate' },
        { line: 5, reason: 'duplicate' },
        { line: 6, reason: 'invalid' },
      ],
    });
    const pool = await listCredentials(seller.ctx, { upstreamId });
    expect(pool.map(({ label, weight, health }) => [label, weight, health])).toEqual([
      ['', 1, 'ready'],
      ['Team 1', 2, 'ready'],
      ['Team 2', 2, 'ready'],
    ]);
    expect(JSON.stringify(pool)).not.toMatch(/sk-|v1\./);
  });

  it('refuses 501 lines, no lines, and the same secret twice', async () => {
    const { upstream } = await makeService();
    const add = (secrets: string) =>
      addCredentials(seller.ctx, { upstreamId: upstream.id, placement: 'bearer', secrets });
    const many = Array.from({ length: 501 }, (_, index) => `sk-${index}`).join('\n');
    expect((await refusal(add(many))).issues[0]).toMatchObject({
      field: 'secrets',
      reason: 'too_many_lines',
    });
    expect((await refusal(add(' \n '))).issues[0]).toMatchObject({ field: 'secrets', reason: 'required' });
    const twice = addCredential(seller.ctx, {
      upstreamId: upstream.id,
      credential: { placement: 'bearer', secret: SECRET },
    });
    expect((await refusal(twice)).issues).toEqual([{ field: 'credential.secret', reason: 'taken' }]);
  });

  it('forgets cooling and refusals on demand, and keeps what a person disabled', async () => {
    const { upstream } = await makeService();
    const [first] = await listCredentials(seller.ctx, { upstreamId: upstream.id });
    const credentialId = first!.id;
    await platform.db
      .update(credentials)
      .set({
        status: 'disabled',
        disabledReason: 'refused',
        refusals: 2,
        lastFailure: '401',
        coolingUntil: new Date(Date.now() + 60_000),
        coolingModels: {
          later: Date.now() + 90_000,
          soon: Date.now() + 60_000,
          over: Date.now() - 1_000,
        },
      })
      .where(eq(credentials.id, credentialId));
    const [resting] = await listCredentials(seller.ctx, { upstreamId: upstream.id });
    expect(resting!.restingModels.map(({ model }) => model)).toEqual(['soon', 'later']);
    expect(await resetCredential(seller.ctx, { credentialId })).toMatchObject({
      health: 'ready',
      refusals: 0,
      lastFailure: null,
      coolingUntil: null,
      restingModels: [],
    });
    await updateCredential(seller.ctx, { credentialId, status: 'disabled' });
    expect(await resetCredential(seller.ctx, { credentialId })).toMatchObject({
      health: 'disabled',
      disabledReason: 'manual',
    });
    expect(await updateCredential(seller.ctx, { credentialId, status: 'active' })).toMatchObject({
      health: 'ready',
      disabledReason: null,
    });
  });

  it('loses one or all, with a line in the audit trail that holds no secret', async () => {
    const { upstream } = await makeService();
    const added = await addCredential(seller.ctx, {
      upstreamId: upstream.id,
      label: 'Second',
      requestsPerMinute: 60,
      credential: { placement: 'bearer', secret: 'sk-canary-second' },
    });
    expect(added).toMatchObject({ label: 'Second', requestsPerMinute: 60 });
    await updateCredential(seller.ctx, { credentialId: added.id, secret: 'sk-canary-third', weight: 5 });
    await deleteCredential(seller.ctx, { credentialId: added.id });
    expect(await clearCredentials(seller.ctx, { upstreamId: upstream.id })).toBe(1);
    expect(await listCredentials(seller.ctx, { upstreamId: upstream.id })).toEqual([]);
    expect(await getOwnService(seller.ctx, { serviceIdOrSlug: upstream.id }).catch(() => null)).toBeNull();
    const trail = await platform.db
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.organizationId, seller.organizationId));
    expect(trail.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['credential.added', 'credential.deleted', 'credential.pool_cleared']),
    );
    expect(JSON.stringify(trail)).not.toMatch(/sk-canary/);
  });

  it('belongs to one organization: for others nothing of it exists', async () => {
    const service = await makeService();
    const upstreamId = service.upstream.id;
    const [credential] = await listCredentials(seller.ctx, { upstreamId });
    const credentialId = credential!.id;
    const { ctx } = stranger;
    for (const work of [
      () => listUpstreams(ctx, { serviceId: service.id }),
      () => createUpstream(ctx, { serviceId: service.id, baseUrl: HERE }),
      () => updateUpstream(ctx, { upstreamId, weight: 2 }),
      () => deleteUpstream(ctx, { upstreamId }),
      () => listCredentials(ctx, { upstreamId }),
      () => addCredential(ctx, { upstreamId, credential: { placement: 'bearer', secret: 'x' } }),
      () => addCredentials(ctx, { upstreamId, placement: 'bearer', secrets: 'x' }),
      () => updateCredential(ctx, { credentialId, weight: 2 }),
      () => resetCredential(ctx, { credentialId }),
      () => deleteCredential(ctx, { credentialId }),
      () => clearCredentials(ctx, { upstreamId }),
      () => testCredential(ctx, { credentialId }),
    ]) {
      expect((await refusal(work())).code).toBe('not_found');
    }
    const member = seller.as('member');
    expect((await refusal(deleteCredential(member, { credentialId }))).code).toBe('forbidden');
    expect((await refusal(updateUpstream(member, { upstreamId, weight: 2 }))).code).toBe('forbidden');
    expect(await envelopes(upstreamId)).toHaveLength(1);
  });
});

/** OAuth 2 credentials of upstreams, against a real authorization server on loopback. */
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import {
  addEgressProxies,
  createEgressPool,
  listEgressPools,
  updateEgressProxy,
  type OwnEgressPool,
} from '../../app/domain/egress/index.ts';
import {
  OAUTH_PRESETS,
  completeOauth,
  findOauth,
  getOauth,
  refreshDueGrants,
  refreshOauth,
  refreshRefusedGrant,
  startOauth,
  type StartOauthInput,
} from '../../app/domain/oauth/index.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  credentials,
  oauthFlows,
  oauthGrants,
  organizations,
  services,
  upstreams,
  type MemberRole,
} from '../../db/schema/index.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { HOSTILE_HOSTS, HOSTILE_URLS } from '../support/hostile-addresses.ts';
import { startOauthServer, type OauthServer } from '../support/oauth-server.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { startHttpProxy } from '../support/proxies.ts';
import { until } from '../support/until.ts';

describe('OAuth credentials', () => {
  let server: OauthServer;
  let clock: TestClock;
  let platform: TestPlatform;
  let seller: Context;
  let credentialId: string;
  beforeEach(async () => {
    server = await startOauthServer();
    clock = createTestClock();
    platform = await createTestPlatform({ EGRESS_ALLOW: server.hostAndPort }, { clock });
    ({ seller, credentialId } = await addCredential());
  });
  afterEach(async () => {
    await platform.close();
    await server.close();
  });

  const as = (organizationId: string, role: MemberRole = 'owner', userId = newId('user')): Context =>
    platform.createContext({ type: 'user', userId, organizationId, role, isPlatformAdmin: false });
  const job = (): Context => platform.createContext({ type: 'system', job: 'refresh_oauth_grants' });

  async function addCredential(): Promise<{ seller: Context; credentialId: string }> {
    const [organizationId, serviceId, upstreamId] = [
      newId('organization'),
      newId('service'),
      newId('upstream'),
    ];
    const id = newId('credential');
    await platform.db
      .insert(organizations)
      .values({ id: organizationId, slug: organizationId, name: 'Seller' });
    await platform.db
      .insert(services)
      .values({ id: serviceId, organizationId, slug: serviceId, name: 'x', kind: 'http' });
    await platform.db
      .insert(upstreams)
      .values({ id: upstreamId, organizationId, serviceId, baseUrl: 'https://api.example.com' });
    await platform.db.insert(credentials).values({ id, organizationId, upstreamId, placement: 'none' });
    return { seller: as(organizationId), credentialId: id };
  }
  const custom = (overrides: Partial<StartOauthInput> = {}): StartOauthInput => ({
    credentialId,
    provider: 'custom',
    grant: 'authorization_code',
    clientId: server.clientId,
    clientSecret: server.clientSecret,
    authorizeUrl: server.authorizeUrl,
    tokenUrl: server.tokenUrl,
    scopes: 'inference',
    ...overrides,
  });
  async function authorize(): Promise<void> {
    const { consent } = await startOauth(seller, custom());
    const { code, state } = server.consent(consent!.url);
    await completeOauth(seller, { code, state });
  }
  async function storedToken(): Promise<string> {
    const [row] = await platform.db.select().from(credentials).where(eq(credentials.id, credentialId));
    return platform.keyring.open(row!.secretEnvelope!, `credential:${credentialId}`);
  }
  const credential = async () =>
    (await platform.db.select().from(credentials).where(eq(credentials.id, credentialId)))[0]!;
  const setGrant = (values: Partial<typeof oauthGrants.$inferInsert>) =>
    platform.db.update(oauthGrants).set(values).where(eq(oauthGrants.credentialId, credentialId));

  it('gets tokens with a code and its PKCE proof, by the call-back address', async () => {
    const started = await startOauth(seller, custom());
    expect(started).toMatchObject({ status: 'pending', hasClientSecret: true, hasRefreshToken: false });
    // Until the token is there nothing may be sent in its place.
    expect(await credential()).toMatchObject({ kind: 'oauth', placement: 'bearer', secretEnvelope: null });
    const { code, state, redirectUri } = server.consent(started.consent!.url);
    expect(redirectUri).toBe(`${platform.publicUrl}/seller/oauth/callback`);
    expect(new URL(started.consent!.url).searchParams.get('scope')).toBe('inference');
    const done = await completeOauth(seller, { code, state });
    expect(done).toMatchObject({ status: 'active', hasRefreshToken: true, lastError: null });
    expect(done.expiresAt?.getTime()).toBe(clock.now() + 3_600_000);
    expect(await storedToken()).toBe(server.accessTokens[0]);
    expect(await getOauth(seller, { credentialId })).toEqual(done);
    expect(await platform.db.select().from(oauthFlows)).toEqual([]);
  });

  it.each([
    ['code#state', (code: string, state: string) => ({ code: `${code}#${state}` })],
    [
      'the whole address',
      (code: string, state: string) => ({ code: `https://x.example.com/cb?code=${code}&state=${state}` }),
    ],
    ['the code, with the state beside it', (code: string, state: string) => ({ code, state })],
  ])('takes a pasted %s', async (_words, paste) => {
    const { consent } = await startOauth(seller, custom());
    const { code, state } = server.consent(consent!.url);
    expect(await completeOauth(seller, { credentialId, ...paste(code, state) })).toMatchObject({
      status: 'active',
    });
  });

  it('takes a state once, within ten minutes, from the one who began', async () => {
    const { consent } = await startOauth(seller, custom());
    const { code, state } = server.consent(consent!.url);
    const { organizationId, userId } = seller.actor as { organizationId: string; userId: string };
    const strangers = [
      as(organizationId),
      as((await addCredential()).credentialId, 'owner', userId),
      (await addCredential()).seller,
    ];
    for (const stranger of strangers) {
      await expect(completeOauth(stranger, { code, state })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
    await expect(completeOauth(as(organizationId, 'member', userId), { code, state })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      completeOauth(seller, { code, state, credentialId: newId('credential') }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    expect(server.requests).toHaveLength(0);
    await completeOauth(seller, { code, state });
    await expect(completeOauth(seller, { code, state })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(server.requests).toHaveLength(1);

    const late = await startOauth(seller, custom());
    clock.advance(10 * 60_000);
    const second = server.consent(late.consent!.url);
    await expect(completeOauth(seller, { code: second.code, state: second.state })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('gets tokens for a client at once, and again before they end', async () => {
    const started = await startOauth(
      seller,
      custom({ grant: 'client_credentials', authorizeUrl: undefined }),
    );
    expect(started).toMatchObject({ status: 'active', consent: null, hasRefreshToken: false });
    expect(server.requests[0]!.get('scope')).toBe('inference');
    expect(await refreshOauth(seller, { credentialId })).toMatchObject({ status: 'active' });
    expect(await storedToken()).toBe(server.accessTokens[1]);
  });

  it('refreshes ahead of the end, keeps the rotated refresh token, and leaves young tokens alone', async () => {
    await authorize();
    await refreshDueGrants(job());
    expect(server.accessTokens).toHaveLength(1);
    for (let round = 2; round <= 4; round++) {
      await setGrant({ expiresAt: new Date(clock.now() + 60_000) });
      await refreshDueGrants(job());
      expect(server.accessTokens).toHaveLength(round);
      expect(await storedToken()).toBe(server.accessTokens.at(-1));
    }
    expect(await getOauth(seller, { credentialId })).toMatchObject({ status: 'active', lastError: null });
  });

  it('is refreshed by one of many refreshers', async () => {
    await authorize();
    await setGrant({ expiresAt: new Date(clock.now() + 60_000) });
    const second = await createTestPlatform(
      { EGRESS_ALLOW: server.hostAndPort, ENCRYPTION_KEY: `k1:${Buffer.alloc(32).toString('base64')}` },
      { clock, databaseUrl: platform.databaseUrl },
    );
    server.delayMs = 100;
    const elsewhere = {
      ...second.createContext({ type: 'system', job: 'refresh_oauth_grants' }),
      keyring: platform.keyring,
    };
    await Promise.all([
      ...Array.from({ length: 4 }, () => refreshDueGrants(job())),
      ...Array.from({ length: 4 }, () => refreshDueGrants(elsewhere)),
    ]);
    expect(server.requests.filter((form) => form.get('grant_type') === 'refresh_token')).toHaveLength(1);
    expect(await getOauth(seller, { credentialId })).toMatchObject({ status: 'active', lastError: null });
    await second.close();
  });

  it('takes a credential out of use when consent is gone, and back when it is given again', async () => {
    await authorize();
    server.failWith = 'invalid_grant';
    await expect(refreshOauth(seller, { credentialId })).rejects.toMatchObject({
      code: 'upstream_auth_failed',
      details: { reason: 'invalid_grant' },
    });
    expect(await getOauth(seller, { credentialId })).toMatchObject({
      status: 'failed',
      lastError: 'invalid_grant',
    });
    expect(await credential()).toMatchObject({ status: 'disabled', disabledReason: 'refresh_failed' });
    await expect(refreshOauth(seller, { credentialId })).rejects.toMatchObject({ code: 'conflict' });
    server.failWith = null;
    await authorize();
    expect(await credential()).toMatchObject({ status: 'active', disabledReason: null });
  });

  it('waits after a passing failure, and leaves a credential that was disabled by hand', async () => {
    await authorize();
    await setGrant({ expiresAt: new Date(clock.now() + 60_000) });
    await platform.db.update(credentials).set({ status: 'disabled', disabledReason: 'manual' });
    server.failWith = 'temporarily_unavailable';
    await refreshDueGrants(job());
    await refreshDueGrants(job());
    expect(server.requests).toHaveLength(2);
    expect(await getOauth(seller, { credentialId })).toMatchObject({
      status: 'active',
      lastError: 'temporarily_unavailable',
    });
    server.failWith = null;
    clock.advance(30_001);
    await refreshDueGrants(job());
    expect(await getOauth(seller, { credentialId })).toMatchObject({ status: 'active', lastError: null });
    expect(await credential()).toMatchObject({ status: 'disabled', disabledReason: 'manual' });
  });

  it('gives a token up that has ended and cannot be refreshed', async () => {
    await authorize();
    await setGrant({ refreshTokenEnvelope: null, expiresAt: new Date(clock.now() - 1) });
    await refreshDueGrants(job());
    expect(await getOauth(seller, { credentialId })).toMatchObject({
      status: 'failed',
      lastError: 'no_refresh_token',
    });
    expect(await credential()).toMatchObject({ status: 'disabled', disabledReason: 'refresh_failed' });
  });

  it('refreshes a token that an upstream refused, once a minute', async () => {
    await authorize();
    await refreshRefusedGrant(job(), { credentialId });
    expect(server.accessTokens).toHaveLength(1);
    clock.advance(60_001);
    await refreshRefusedGrant(job(), { credentialId });
    await refreshRefusedGrant(job(), { credentialId });
    expect(server.accessTokens).toHaveLength(2);
  });

  it('keeps a client secret, but only for the client and address it was entered for', async () => {
    await startOauth(seller, custom());
    expect(await startOauth(seller, custom({ clientSecret: undefined }))).toMatchObject({
      hasClientSecret: true,
    });
    expect(await startOauth(seller, custom({ clientSecret: undefined, clientId: 'other' }))).toMatchObject({
      hasClientSecret: false,
    });
  });

  it('takes a refresh token nowhere but where it came from', async () => {
    await authorize();
    const other = await startOauthServer();
    platform.egress.allow(other.hostAndPort);
    const { consent } = await startOauth(seller, custom());
    const early = server.consent(consent!.url);
    expect(
      await startOauth(seller, custom({ tokenUrl: other.tokenUrl, authorizeUrl: other.authorizeUrl })),
    ).toMatchObject({ status: 'pending', hasRefreshToken: false, expiresAt: null });
    // Nor a code: the consent that was begun before is over.
    await expect(completeOauth(seller, early)).rejects.toMatchObject({ code: 'invalid_request' });
    await refreshDueGrants(job());
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('goes on while consent is asked for again, and is left alone by an answer from before', async () => {
    await authorize();
    const again = await startOauth(seller, custom({ clientSecret: undefined }));
    expect(again).toMatchObject({ status: 'active', hasRefreshToken: true });
    await setGrant({ expiresAt: new Date(clock.now() + 60_000) });
    await refreshDueGrants(job());
    expect(await storedToken()).toBe(server.accessTokens[1]);
    const { code, state } = server.consent(again.consent!.url);
    expect(await completeOauth(seller, { code, state })).toMatchObject({ status: 'active' });

    server.delayMs = 200;
    const asked = server.requests.length;
    const late = expect(refreshOauth(seller, { credentialId })).rejects.toMatchObject({ code: 'conflict' });
    await until('the refresh to be asked for', () => server.requests.length > asked);
    await startOauth(seller, custom({ clientId: 'another' }));
    await late;
    expect(await getOauth(seller, { credentialId })).toMatchObject({
      ...{ clientId: 'another', status: 'pending', hasRefreshToken: false, lastError: null },
    });
    expect(await storedToken()).toBe(server.accessTokens[2]);
  });

  it('understands errors that come with 200', async () => {
    await authorize();
    server.errorStatus = 200;
    server.failWith = 'bad_refresh_token';
    await expect(refreshOauth(seller, { credentialId })).rejects.toMatchObject({
      details: { reason: 'bad_refresh_token' },
    });
    expect(await getOauth(seller, { credentialId })).toMatchObject({ status: 'failed' });
    expect(await credential()).toMatchObject({ status: 'disabled', disabledReason: 'refresh_failed' });
  });

  it('speaks JSON, with the state, to the provider that wants it so', async () => {
    const open = await startOauthServer({ publicClient: true });
    platform.egress.allow(open.hostAndPort);
    const { consent } = await startOauth(
      seller,
      custom({
        ...{ provider: 'anthropic', clientSecret: undefined, scopes: undefined },
        ...{ authorizeUrl: open.authorizeUrl, tokenUrl: open.tokenUrl },
      }),
    );
    expect(new URL(consent!.url).searchParams.get('scope')).toBe('user:profile user:inference');
    const { code, state } = open.consent(consent!.url);
    await completeOauth(seller, { code: `${code}#${state}` });
    await refreshOauth(seller, { credentialId });
    expect(open.types).toEqual(['application/json', 'application/json']);
    expect(open.requests[0]!.get('state')).toBe(state);
    expect(open.requests[1]!.has('state')).toBe(false);
    expect(await storedToken()).toBe(open.accessTokens[1]);
    await open.close();
  });

  it('asks for tokens through the upstream’s pool of proxies, and never round it', async () => {
    const proxy = await startHttpProxy();
    platform.egress.allow(proxy.hostAndPort);
    const pool = await createEgressPool(seller, { name: 'Abroad' });
    await addEgressProxies(seller, { poolId: pool.id, urls: `http://${proxy.hostAndPort}` });
    const { upstreamId } = await credential();
    await platform.db.update(upstreams).set({ egressPoolId: pool.id }).where(eq(upstreams.id, upstreamId));
    await authorize();
    await refreshOauth(seller, { credentialId });
    expect(proxy.targets).toEqual([server.hostAndPort, server.hostAndPort]);
    const [{ proxies }] = (await listEgressPools(seller)) as [OwnEgressPool];
    await updateEgressProxy(seller, { proxyId: proxies[0]!.id, status: 'disabled' });
    await expect(refreshOauth(seller, { credentialId })).rejects.toMatchObject({ code: 'upstream_error' });
    expect(server.requests).toHaveLength(2);
    expect(await getOauth(seller, { credentialId })).toMatchObject({
      status: 'active',
      lastError: 'no_proxy',
    });
    await proxy.close();
  });

  it.each([
    ['google', 'grant', 'oauth_grant_unknown'],
    ['github', 'grant', 'oauth_grant_unknown'],
    ['microsoft', 'tokenUrl', 'oauth_tenant_needed'],
  ] as const)('says what a client alone cannot have from %s', async (provider, field, reason) => {
    const input = { credentialId, provider, grant: 'client_credentials', clientId: 'x', clientSecret: 'y' };
    await expect(startOauth(seller, input as StartOauthInput)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field, reason }],
    });
  });

  it('asks Microsoft for a client’s own scopes only', async () => {
    await startOauth(
      seller,
      custom({
        provider: 'microsoft',
        grant: 'client_credentials',
        scopes: undefined,
        authorizeUrl: undefined,
      }),
    );
    expect(server.requests[0]!.get('scope')).toBe('https://cognitiveservices.azure.com/.default');
  });

  it('belongs to one organization, and to its owners and administrators', async () => {
    await authorize();
    const { seller: stranger } = await addCredential();
    await expect(findOauth(stranger, { credentialId })).rejects.toMatchObject({ code: 'not_found' });
    await expect(startOauth(stranger, custom())).rejects.toMatchObject({ code: 'not_found' });
    await expect(refreshOauth(stranger, { credentialId })).rejects.toMatchObject({ code: 'not_found' });
    const member = as((seller.actor as { organizationId: string }).organizationId, 'member');
    await expect(startOauth(member, custom())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(refreshOauth(member, { credentialId })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('stores no secret readably', async () => {
    await authorize();
    const rows = JSON.stringify([
      await platform.db.select().from(oauthGrants),
      await platform.db.select().from(credentials),
      await getOauth(seller, { credentialId }),
    ]);
    const refreshToken = server.requests.map((form) => form.get('refresh_token')).find(Boolean);
    for (const secret of [server.clientSecret, ...server.accessTokens, refreshToken].filter(Boolean)) {
      expect(rows).not.toContain(secret);
    }
  });

  it.each([
    'http://api.example.com/token',
    'ftp://api.example.com/token',
    'javascript:alert(1)',
    'https://api.example.com/token#x',
    'not a url',
  ])('refuses %s as an address of a provider', async (tokenUrl) => {
    await expect(startOauth(seller, custom({ tokenUrl }))).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'tokenUrl' }],
    });
    await expect(startOauth(seller, custom({ authorizeUrl: tokenUrl }))).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('asks no provider at an address that may not be reached, however it is spelt', async () => {
    const urls = [...HOSTILE_HOSTS.map((host) => `https://${host}/token`), ...HOSTILE_URLS.slice(0, 30)];
    expect(urls.length).toBeGreaterThanOrEqual(80);
    const accepted: string[] = [];
    for (const url of urls) {
      for (const field of ['tokenUrl', 'authorizeUrl'] as const) {
        const attempt = startOauth(seller, custom({ [field]: url }));
        const code = await attempt.then(
          () => 'accepted',
          (error: { code: string }) => error.code,
        );
        if (code !== 'blocked_target' && code !== 'invalid_request') accepted.push(`${field} ${url} ${code}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('refuses again when it asks, should the address have been stored', async () => {
    await authorize();
    const tokenUrl = 'http://127.0.0.1:1/token';
    await setGrant({ tokenUrl, expiresAt: new Date(clock.now() + 60_000) });
    await refreshDueGrants(job());
    expect(await getOauth(seller, { credentialId })).toMatchObject({ lastError: 'private_address' });
  });

  it('knows providers by addresses that it may reach', () => {
    for (const preset of OAUTH_PRESETS) {
      expect(new URL(preset.authorizeUrl).protocol).toBe('https:');
      expect(new URL(preset.tokenUrl).protocol).toBe('https:');
    }
  });
});

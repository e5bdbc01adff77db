/** OAuth 2 credentials over JSON, by their page and by the provider's call-back, as Remix calls the routes. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSession } from '../../app/domain/sessions/index.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { sessionCookieName } from '../../app/http/session-cookie.ts';
import { newId } from '../../app/lib/ids.ts';
import * as status from '../../app/routes/api/seller-credential-oauth.ts';
import * as complete from '../../app/routes/api/seller-credential-oauth-complete.ts';
import * as refresh from '../../app/routes/api/seller-credential-oauth-refresh.ts';
import * as start from '../../app/routes/api/seller-credential-oauth-start.ts';
import * as page from '../../app/routes/seller/credential-oauth.tsx';
import * as callback from '../../app/routes/seller/oauth-callback.ts';
import { credentials, services, upstreams } from '../../db/schema/index.ts';
import { makeSeller, type Person } from '../support/factories.ts';
import { startOauthServer, type OauthServer } from '../support/oauth-server.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

type Args = LoaderFunctionArgs & ActionFunctionArgs;
interface OauthBody {
  status: string;
  consent: { url: string; state: string } | null;
  error?: { code: string };
}

describe('OAuth over HTTP', () => {
  let server: OauthServer;
  let platform: TestPlatform;
  let seller: Person;
  let stranger: Person;
  let credentialId: string;
  beforeAll(async () => {
    server = await startOauthServer();
    platform = await createTestPlatform({ EGRESS_ALLOW: server.hostAndPort });
    seller = await makeSeller(platform);
    stranger = await makeSeller(platform);
  });
  afterAll(async () => {
    await platform.close();
    await server.close();
  });
  beforeEach(async () => {
    const { organizationId } = seller;
    const [serviceId, upstreamId] = [newId('service'), newId('upstream')];
    credentialId = newId('credential');
    await platform.db
      .insert(services)
      .values({ id: serviceId, organizationId, slug: serviceId, name: 'x', kind: 'http' });
    await platform.db
      .insert(upstreams)
      .values({ id: upstreamId, organizationId, serviceId, baseUrl: 'https://api.example.com' });
    await platform.db
      .insert(credentials)
      .values({ id: credentialId, organizationId, upstreamId, placement: 'none' });
  });

  function argsOf(request: Request): Args {
    const context = { platform, requestId: 'req_test', cspNonce: '', clientIp: '203.0.113.7' };
    return { request, params: { id: credentialId }, context } as unknown as Args;
  }
  async function post(
    route: { action(args: Args): Promise<Response> },
    body: unknown,
    person = seller,
  ): Promise<{ status: number; body: OauthBody }> {
    const { token } = await issueAccessToken(person.ctx, person.actor);
    const request = new Request(`${platform.publicUrl}/api/v1/seller/credentials/${credentialId}/oauth`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const response = await route.action(argsOf(request));
    return { status: response.status, body: (await response.json()) as OauthBody };
  }
  async function browser(person: Person, path: string, form?: Record<string, string>): Promise<Args> {
    const { token } = await createSession(person.ctx, { userId: person.userId });
    const cookie = `${sessionCookieName(platform.publicUrl)}=${token}`;
    return argsOf(
      new Request(`${platform.publicUrl}${path}`, {
        headers: { cookie },
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      }),
    );
  }
  const body = () => ({
    provider: 'custom',
    grant: 'authorization_code',
    client_id: server.clientId,
    client_secret: server.clientSecret,
    authorize_url: server.authorizeUrl,
    token_url: server.tokenUrl,
  });

  it('starts, finishes, refreshes and tells how it stands', async () => {
    const begun = await post(start, body());
    expect(begun).toMatchObject({ status: 200, body: { status: 'pending', provider: 'custom' } });
    const { code, state } = server.consent(begun.body.consent!.url);
    expect(await post(complete, { code, state })).toMatchObject({ status: 200, body: { status: 'active' } });
    expect(await post(refresh, {})).toMatchObject({ status: 200, body: { has_refresh_token: true } });
    const { token } = await issueAccessToken(seller.ctx, seller.actor);
    const answer = await status.loader(
      argsOf(new Request(platform.publicUrl, { headers: { authorization: `Bearer ${token}` } })),
    );
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      credential_id: credentialId,
      status: 'active',
      last_error: null,
    });
    expect(text).not.toContain(server.clientSecret);
    expect(text).not.toContain(server.accessTokens.at(-1));
  });

  it('names what is wrong as the caller spelt it, and shows strangers nothing', async () => {
    expect(await post(start, { ...body(), token_url: 'http://10.0.0.1/token' })).toMatchObject({
      status: 400,
      body: { error: { issues: [{ field: 'token_url' }] } },
    });
    expect(await post(start, { ...body(), client_id: undefined })).toMatchObject({
      status: 400,
      body: { error: { issues: [{ field: 'client_id', reason: 'required' }] } },
    });
    expect(await post(start, body(), stranger)).toMatchObject({ status: 404 });
    expect(await post(refresh, {}, stranger)).toMatchObject({ status: 404 });
  });

  it('finishes by the provider’s call-back, for the browser that set out', async () => {
    const started = await page.action(
      await browser(seller, `/seller/credentials/${credentialId}/oauth`, {
        intent: 'start',
        provider: 'custom',
        grant: 'authorization_code',
        clientId: server.clientId,
        clientSecret: server.clientSecret,
        authorizeUrl: server.authorizeUrl,
        tokenUrl: server.tokenUrl,
      }),
    );
    const { consent } = (started as unknown as { data: { consent: { url: string } } }).data;
    const { code, state, redirectUri } = server.consent(consent.url);
    const back = `${new URL(redirectUri).pathname}?${new URLSearchParams({ code, state })}`;
    const locationFor = async (person: Person): Promise<string | null> =>
      (await callback.loader(await browser(person, back))).headers.get('location');
    expect(await locationFor(stranger)).toBe('/seller/services');
    expect(await locationFor(seller)).toBe(`/seller/credentials/${credentialId}/oauth`);
    expect(await locationFor(seller)).toBe('/seller/services');
    const loaded = await page.loader(await browser(seller, `/seller/credentials/${credentialId}/oauth`));
    expect(loaded.status).toMatchObject({ status: 'active', provider: 'custom' });
  });

  it('says so when the provider refuses', async () => {
    const refused = await callback.loader(
      await browser(seller, '/seller/oauth/callback?error=access_denied'),
    );
    expect(refused.headers.get('location')).toBe('/seller/services');
    const [flash = ''] = refused.headers.getSetCookie();
    expect(Buffer.from(flash.split('=')[1]!.split(';')[0]!, 'base64url').toString()).toContain(
      'access_denied',
    );
  });
});

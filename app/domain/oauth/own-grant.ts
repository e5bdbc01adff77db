import { and, eq, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import {
  credentials,
  oauthGrants,
  upstreams,
  type Credential,
  type OauthGrant,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import type { Context } from '../context.ts';
import { chooseEgressProxy } from '../egress/index.ts';
import { findPreset } from './presets.ts';
import type { TokenClient } from './request-tokens.ts';

/** An OAuth 2 credential as its seller sees it: everything but the secrets. */
export interface OauthStatus {
  credentialId: string;
  provider: string;
  grant: OauthGrant['grant'];
  /** `pending`: waits for its owner's consent. `failed`: consent is gone. */
  status: OauthGrant['status'];
  authorizeUrl: string | null;
  tokenUrl: string;
  clientId: string;
  hasClientSecret: boolean;
  hasRefreshToken: boolean;
  scopes: string;
  /** When the access token ends; null: the provider did not say, or there is none. */
  expiresAt: Date | null;
  refreshedAt: Date | null;
  /** OAuth error code of the last attempt. */
  lastError: string | null;
}

export function statusOf(grant: OauthGrant): OauthStatus {
  const { credentialId, provider, status, authorizeUrl, tokenUrl, clientId, scopes } = grant;
  const { expiresAt, refreshedAt, lastError } = grant;
  return {
    ...{ credentialId, provider, grant: grant.grant, status, authorizeUrl, tokenUrl, clientId, scopes },
    ...{ expiresAt, refreshedAt, lastError },
    hasClientSecret: grant.clientSecretEnvelope !== null,
    hasRefreshToken: grant.refreshTokenEnvelope !== null,
  };
}

/**
 * A credential of an organization, and its grant when it has one.
 * @throws AppError `not_found` also when another organization owns it.
 */
export async function requireOwnCredential(
  db: Db,
  organizationId: string,
  credentialId: string,
): Promise<{ credential: Credential; grant: OauthGrant | null }> {
  const [row] = await db
    .select({ credential: credentials, grant: oauthGrants })
    .from(credentials)
    .leftJoin(oauthGrants, eq(oauthGrants.credentialId, credentials.id))
    .where(and(eq(credentials.id, credentialId), eq(credentials.organizationId, organizationId)));
  if (!row) throw new AppError('not_found', 'There is no such credential.');
  return row;
}

/** True of the row for as long as it is connected to the same client and endpoint. */
export function isStill({ credentialId, tokenUrl, clientId }: OauthGrant): SQL {
  return and(
    eq(oauthGrants.credentialId, credentialId),
    eq(oauthGrants.tokenUrl, tokenUrl),
    eq(oauthGrants.clientId, clientId),
  )!;
}

/**
 * Whom to ask for tokens and by which way, with the client's secret opened.
 * @throws AppError `upstream_error` when the upstream's pool of proxies has none: never directly instead.
 */
export async function clientOf(ctx: Context, grant: OauthGrant): Promise<TokenClient> {
  const { provider, tokenUrl, clientId, scopes, clientSecretEnvelope, credentialId } = grant;
  const clientSecret =
    clientSecretEnvelope === null
      ? null
      : ctx.keyring.open(clientSecretEnvelope, `oauth-client:${credentialId}`);
  const sendsJson = findPreset(provider)?.jsonTokens ?? false;
  return { tokenUrl, clientId, clientSecret, scopes, sendsJson, via: await routeOf(ctx, grant) };
}

/** Providers see tokens asked for from where they are used: through the upstream's pool, if it names one. */
async function routeOf(ctx: Context, grant: OauthGrant): Promise<ProxyAddress | null> {
  const { credentialId, organizationId } = grant;
  const [upstream] = await ctx.db
    .select({ poolId: upstreams.egressPoolId })
    .from(credentials)
    .innerJoin(upstreams, eq(upstreams.id, credentials.upstreamId))
    .where(and(eq(credentials.id, credentialId), eq(credentials.organizationId, organizationId)));
  if (!upstream?.poolId) return null;
  const via = await chooseEgressProxy(ctx, { organizationId, poolId: upstream.poolId });
  if (via === null) {
    throw new AppError('upstream_error', 'The upstream’s pool of proxies has none that is in use.', {
      details: { reason: 'no_proxy' },
    });
  }
  return via;
}

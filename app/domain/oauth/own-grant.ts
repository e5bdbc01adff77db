import { and, eq } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { credentials, oauthGrants, type Credential, type OauthGrant } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
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

/** Whom to ask for tokens, with the client's secret opened. */
export function clientOf(ctx: Context, grant: OauthGrant): TokenClient {
  const { tokenUrl, clientId, scopes, clientSecretEnvelope, credentialId } = grant;
  const clientSecret =
    clientSecretEnvelope === null
      ? null
      : ctx.keyring.open(clientSecretEnvelope, `oauth-client:${credentialId}`);
  return { tokenUrl, clientId, clientSecret, scopes };
}

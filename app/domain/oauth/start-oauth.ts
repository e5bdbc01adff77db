import { createHash } from 'node:crypto';
import { and, eq, lt } from 'drizzle-orm';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';
import { credentials, oauthFlows, oauthGrants, type OauthGrant } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context, type UserActor } from '../context.ts';
import { assertOauthUrl } from './oauth-url.ts';
import { clientOf, requireOwnCredential, statusOf, type OauthStatus } from './own-grant.ts';
import { findPreset, type OauthPreset } from './presets.ts';
import { requestTokens } from './request-tokens.ts';
import { startOauthSchema, type StartOauthInput } from './schemas.ts';
import { storeTokens } from './store-tokens.ts';

const FLOW_LIFETIME_MS = 10 * 60_000;
/** Where providers send people back to. */
export const CALLBACK_PATH = '/seller/oauth/callback';

export interface StartedOauth extends OauthStatus {
  /** Where the seller gives consent, and what identifies the answer; null when none is needed. */
  consent: { url: string; state: string; expiresAt: Date } | null;
}

/** What a flow is known by in the database. */
export function hashState(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}

/**
 * Begins to get access tokens for a credential. With `client_credentials` they are there at once; with
 * `authorization_code` the seller gives consent at `consent.url` within ten minutes.
 * @throws AppError `invalid_request` with issues, `blocked_target`, `not_found`, `upstream_auth_failed`.
 */
export async function startOauth(ctx: Context, input: StartOauthInput): Promise<StartedOauth> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const {
    credentialId,
    provider,
    grant: kind,
    clientId,
    clientSecret,
    ...given
  } = parseInput(startOauthSchema, input);
  const preset = findPreset(provider);
  const tokenUrl = given.tokenUrl || preset!.tokenUrl;
  const authorizeUrl = kind === 'authorization_code' ? given.authorizeUrl || preset!.authorizeUrl : null;
  await assertOauthUrl(ctx, 'tokenUrl', tokenUrl);
  if (authorizeUrl !== null) await assertOauthUrl(ctx, 'authorizeUrl', authorizeUrl);
  const { credential, grant: before } = await requireOwnCredential(
    ctx.db,
    actor.organizationId,
    credentialId,
  );
  // What was stored for one client goes to the endpoint it is for, and to no other.
  const isSameClient = before?.clientId === clientId && before.tokenUrl === tokenUrl;
  const secretEnvelope = clientSecret
    ? ctx.keyring.seal(clientSecret, `oauth-client:${credentialId}`)
    : isSameClient
      ? before.clientSecretEnvelope
      : null;
  // Consent that is only asked for again takes nothing away: tokens are refreshed until it is given.
  const goesOn = isSameClient && before.status === 'active' && before.grant === kind && !clientSecret;
  const values = {
    grant: kind,
    provider,
    authorizeUrl,
    tokenUrl,
    clientId,
    clientSecretEnvelope: secretEnvelope,
    scopes: given.scopes ?? usualScopes(preset, kind),
    updatedAt: ctx.clock.date(),
    ...(!goesOn && {
      status: 'pending' as const,
      lastError: null,
      refreshingUntil: null,
    }),
    ...(!isSameClient && { refreshTokenEnvelope: null, expiresAt: null, refreshedAt: null }),
  };
  const grant = await withTransaction(ctx, async (tx) => {
    const [stored] = await tx.db
      .insert(oauthGrants)
      .values({ ...values, credentialId, organizationId: actor.organizationId })
      .onConflictDoUpdate({ target: oauthGrants.credentialId, set: values })
      .returning();
    // A code of a consent that was asked for before would be sent to where this one leads.
    await tx.db.delete(oauthFlows).where(eq(oauthFlows.credentialId, credentialId));
    if (credential.secretEnvelope === null) {
      // Nothing may be sent in place of a token that is not there yet.
      await tx.db
        .update(credentials)
        .set({ kind: 'oauth', placement: 'bearer', updatedAt: tx.clock.date() })
        .where(eq(credentials.id, credentialId));
    }
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'oauth.started',
      subjectId: credentialId,
      before: null,
      after: { provider, grant: kind, clientId, endpoint: tokenUrl },
    });
    return stored!;
  });
  if (kind === 'client_credentials') {
    const tokens = await requestTokens(ctx, await clientOf(ctx, grant), { grant: kind });
    return { ...statusOf(await storeTokens(ctx, grant, tokens)), consent: null };
  }
  return { ...statusOf(grant), consent: await beginFlow(ctx, actor, grant) };
}

function usualScopes(preset: OauthPreset | null, kind: OauthGrant['grant']): string {
  return (kind === 'client_credentials' ? preset?.clientScopes : preset?.scopes) ?? '';
}

/** The address of consent. Only the hash of `state` is kept, and the PKCE verifier only sealed. */
async function beginFlow(
  ctx: Context,
  actor: UserActor,
  { credentialId, provider, authorizeUrl, clientId, scopes }: OauthGrant,
): Promise<NonNullable<StartedOauth['consent']>> {
  const preset = findPreset(provider);
  const state = generateRandomState();
  const verifier = generateRandomCodeVerifier();
  const redirectUri = preset?.redirectUri ?? `${ctx.publicUrl}${CALLBACK_PATH}`;
  const expiresAt = new Date(ctx.clock.now() + FLOW_LIFETIME_MS);
  await ctx.db
    .delete(oauthFlows)
    .where(
      and(eq(oauthFlows.organizationId, actor.organizationId), lt(oauthFlows.expiresAt, ctx.clock.date())),
    );
  await ctx.db.insert(oauthFlows).values({
    stateHash: hashState(state),
    organizationId: actor.organizationId,
    userId: actor.userId,
    credentialId,
    verifierEnvelope: ctx.keyring.seal(verifier, `oauth-verifier:${credentialId}`),
    redirectUri,
    expiresAt,
  });
  const url = new URL(authorizeUrl!);
  const parameters = {
    ...preset?.authorizeParameters,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scopes !== '' && { scope: scopes }),
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.toString(), state, expiresAt };
}

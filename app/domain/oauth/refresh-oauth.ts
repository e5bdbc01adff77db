import { and, eq, isNotNull, isNull, lt, lte, not, or, sql, type SQL } from 'drizzle-orm';
import { credentials, oauthGrants, type OauthGrant } from '../../../db/schema/index.ts';
import { AppError, isAppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, requireSystem, withTransaction, type Context } from '../context.ts';
import { clientOf, isStill, requireOwnCredential, statusOf, type OauthStatus } from './own-grant.ts';
import { requestTokens, type TokenQuestion } from './request-tokens.ts';
import { storeTokens } from './store-tokens.ts';

/** Longer than a token endpoint may take: then the refresher is dead, and another may try. */
const CLAIM_MS = 30_000;
const BATCH = 50;
/** A provider whose tokens are refused although they are new is not asked again at every call. */
const MIN_AGE_MS = 60_000;

/** Answers after which asking again is no use. */
const FINAL_ERRORS: ReadonlySet<unknown> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  // GitHub's own words for the first two.
  'bad_refresh_token',
  'incorrect_client_credentials',
]);

/** A tenth of the token's life before its end, at most five minutes, at least one run of the job. */
const isDue: SQL = sql`${oauthGrants.expiresAt} - least(interval '5 minutes',
  greatest((${oauthGrants.expiresAt} - ${oauthGrants.refreshedAt}) / 10, interval '70 seconds')) <= now()`;

/** What a new token can be got with; without a refresh token only consent helps. */
const canRefresh = or(
  eq(oauthGrants.grant, 'client_credentials'),
  isNotNull(oauthGrants.refreshTokenEnvelope),
)!;

/**
 * Refreshes the tokens that end soon, and gives up those that have ended and cannot be refreshed. Any
 * number of processes may run it at once: each grant is refreshed by one of them.
 */
export async function refreshDueGrants(ctx: Context): Promise<void> {
  requireSystem(ctx);
  const due = await ctx.db
    .select({ credentialId: oauthGrants.credentialId })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.status, 'active'), canRefresh, isDue, isFree(ctx)))
    .orderBy(oauthGrants.expiresAt)
    .limit(BATCH);
  for (const { credentialId } of due) await refreshQuietly(ctx, credentialId, isDue);
  const ended = await ctx.db
    .select()
    .from(oauthGrants)
    .where(
      and(eq(oauthGrants.status, 'active'), not(canRefresh), lte(oauthGrants.expiresAt, ctx.clock.date())),
    )
    .limit(BATCH);
  for (const grant of ended) await recordFailure(ctx, grant, 'no_refresh_token', true);
}

/** Refreshes one grant whose token the upstream has refused, unless that has just been done. */
export async function refreshRefusedGrant(ctx: Context, input: { credentialId: string }): Promise<void> {
  requireSystem(ctx);
  const isOld = lt(oauthGrants.refreshedAt, new Date(ctx.clock.now() - MIN_AGE_MS));
  await refreshQuietly(ctx, input.credentialId, isOld);
}

/**
 * Refreshes a credential's token now.
 * @throws AppError `not_found`; `conflict` while a refresh is under way or consent is missing;
 *   `upstream_auth_failed` and the egress module's errors.
 */
export async function refreshOauth(
  ctx: Context,
  { credentialId }: { credentialId: string },
): Promise<OauthStatus> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { grant } = await requireOwnCredential(ctx.db, organizationId, credentialId);
  if (!grant) throw new AppError('not_found', 'This credential does not use OAuth.');
  const claimed = await claim(ctx, credentialId, undefined);
  if (!claimed)
    throw new AppError('conflict', 'A refresh is under way, or consent is missing. Look again in a moment.');
  const refreshed = await refresh(ctx, claimed);
  await appendAuditEvent(ctx, {
    organizationId,
    action: 'oauth.refreshed',
    subjectId: credentialId,
    before: null,
    after: { expiresAt: refreshed.expiresAt?.toISOString() ?? null },
  });
  return statusOf(refreshed);
}

async function refreshQuietly(ctx: Context, credentialId: string, condition: SQL): Promise<void> {
  const claimed = await claim(ctx, credentialId, condition);
  if (!claimed) return;
  try {
    await refresh(ctx, claimed);
  } catch (error) {
    ctx.logger.warn({ err: error, credentialId }, 'an access token could not be refreshed');
  }
}

function isFree(ctx: Context): SQL {
  return or(isNull(oauthGrants.refreshingUntil), lt(oauthGrants.refreshingUntil, ctx.clock.date()))!;
}

/** Makes this process the one refresher of a grant; null: it is somebody else's, or there is nothing to do. */
async function claim(
  ctx: Context,
  credentialId: string,
  condition: SQL | undefined,
): Promise<OauthGrant | null> {
  const [grant] = await ctx.db
    .update(oauthGrants)
    .set({ refreshingUntil: new Date(ctx.clock.now() + CLAIM_MS) })
    .where(
      and(
        eq(oauthGrants.credentialId, credentialId),
        eq(oauthGrants.status, 'active'),
        canRefresh,
        isFree(ctx),
        condition,
      ),
    )
    .returning();
  return grant ?? null;
}

/** No transaction is open while the provider is asked; the claim keeps others away. */
async function refresh(ctx: Context, grant: OauthGrant): Promise<OauthGrant> {
  try {
    return await storeTokens(
      ctx,
      grant,
      await requestTokens(ctx, await clientOf(ctx, grant), questionOf(ctx, grant)),
    );
  } catch (error) {
    const reason = isAppError(error) ? (error.details?.['reason'] ?? error.code) : 'unknown';
    await recordFailure(ctx, grant, String(reason), FINAL_ERRORS.has(reason));
    throw error;
  }
}

function questionOf(ctx: Context, { grant, credentialId, refreshTokenEnvelope }: OauthGrant): TokenQuestion {
  if (grant === 'client_credentials' || refreshTokenEnvelope === null) return { grant: 'client_credentials' };
  return {
    grant: 'refresh_token',
    refreshToken: ctx.keyring.open(refreshTokenEnvelope, `oauth-refresh:${credentialId}`),
  };
}

/** After a passing failure the claim stays until it ends, as a pause; after a final one calls go elsewhere. */
async function recordFailure(
  ctx: Context,
  grant: OauthGrant,
  reason: string,
  isFinal: boolean,
): Promise<void> {
  const { credentialId, organizationId } = grant;
  const now = ctx.clock.date();
  await withTransaction(ctx, async (tx) => {
    const [failed] = await tx.db
      .update(oauthGrants)
      .set({
        lastError: reason,
        updatedAt: now,
        ...(isFinal && { status: 'failed' as const, refreshingUntil: null }),
      })
      .where(isStill(grant))
      .returning({ credentialId: oauthGrants.credentialId });
    if (!isFinal || !failed) return;
    await tx.db
      .update(credentials)
      .set({ status: 'disabled', disabledReason: 'refresh_failed', updatedAt: now })
      .where(and(eq(credentials.id, credentialId), eq(credentials.status, 'active')));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'oauth.failed',
      subjectId: credentialId,
      before: { status: grant.status },
      after: { status: 'failed', reason },
    });
  });
}

import { and, eq, sql } from 'drizzle-orm';
import { credentials, oauthGrants, type OauthGrant } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { withTransaction, type Context } from '../context.ts';
import { isStill } from './own-grant.ts';
import type { TokenSet } from './request-tokens.ts';

/**
 * Writes new tokens, all of them or none: the access token where the gateways look for it, the refresh
 * token that came with it in place of the one that is used up. A credential that was out of use for want
 * of them is in use again.
 * @throws AppError `conflict` when the credential was connected elsewhere meanwhile: they are not for it.
 */
export async function storeTokens(ctx: Context, grant: OauthGrant, tokens: TokenSet): Promise<OauthGrant> {
  const { credentialId } = grant;
  const now = ctx.clock.date();
  return withTransaction(ctx, async (tx) => {
    const [stored] = await tx.db
      .update(oauthGrants)
      .set({
        status: 'active',
        ...(tokens.refreshToken !== null && {
          refreshTokenEnvelope: tx.keyring.seal(tokens.refreshToken, `oauth-refresh:${credentialId}`),
        }),
        expiresAt: tokens.expiresIn === null ? null : new Date(now.getTime() + tokens.expiresIn * 1_000),
        refreshedAt: now,
        refreshingUntil: null,
        lastError: null,
        updatedAt: now,
      })
      .where(isStill(grant))
      .returning();
    if (!stored) throw new AppError('conflict', 'The credential was connected elsewhere meanwhile.');
    const lostByRefusal = sql`${credentials.disabledReason} is distinct from 'manual'`;
    await tx.db
      .update(credentials)
      .set({
        kind: 'oauth',
        placement: sql`case when ${credentials.placement} in ('header', 'query') then ${credentials.placement} else 'bearer' end`,
        secretEnvelope: tx.keyring.seal(tokens.accessToken, `credential:${credentialId}`),
        secretSetAt: now,
        status: sql`case when ${lostByRefusal} then 'active' else ${credentials.status} end`,
        disabledReason: sql`case when ${lostByRefusal} then null else ${credentials.disabledReason} end`,
        refusals: 0,
        updatedAt: now,
      })
      .where(and(eq(credentials.id, credentialId), eq(credentials.organizationId, grant.organizationId)));
    return stored;
  });
}

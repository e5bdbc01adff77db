import { and, eq, gt } from 'drizzle-orm';
import { oauthFlows } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, type Context } from '../context.ts';
import { clientOf, requireOwnCredential, statusOf, type OauthStatus } from './own-grant.ts';
import { requestTokens } from './request-tokens.ts';
import { completeOauthSchema, readPasted, type CompleteOauthInput } from './schemas.ts';
import { hashState } from './start-oauth.ts';
import { storeTokens } from './store-tokens.ts';

/**
 * Ends a flow with the code that the provider gave: by the call-back address, or pasted by the seller.
 * The state is good once, for ten minutes, for the user and organization that began.
 * @throws AppError `invalid_request` for a state that is not, `upstream_auth_failed`.
 */
export async function completeOauth(ctx: Context, input: CompleteOauthInput): Promise<OauthStatus> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const parsed = parseInput(completeOauthSchema, input);
  const pasted = readPasted(parsed.code);
  const state = parsed.state || pasted.state;
  if (!state || pasted.code === '') throw unknownFlow();
  const [flow] = await ctx.db
    .delete(oauthFlows)
    .where(
      and(
        eq(oauthFlows.stateHash, hashState(state)),
        eq(oauthFlows.organizationId, actor.organizationId),
        eq(oauthFlows.userId, actor.userId),
        gt(oauthFlows.expiresAt, ctx.clock.date()),
        parsed.credentialId === undefined ? undefined : eq(oauthFlows.credentialId, parsed.credentialId),
      ),
    )
    .returning();
  if (!flow) throw unknownFlow();
  const { credentialId, redirectUri, verifierEnvelope } = flow;
  const { grant } = await requireOwnCredential(ctx.db, actor.organizationId, credentialId);
  if (!grant || grant.grant !== 'authorization_code') throw unknownFlow();
  const verifier = ctx.keyring.open(verifierEnvelope, `oauth-verifier:${credentialId}`);
  const tokens = await requestTokens(ctx, await clientOf(ctx, grant), {
    grant: 'authorization_code',
    code: pasted.code,
    state,
    verifier,
    redirectUri,
  });
  const stored = await storeTokens(ctx, grant, tokens);
  await appendAuditEvent(ctx, {
    organizationId: actor.organizationId,
    action: 'oauth.completed',
    subjectId: credentialId,
    before: { status: grant.status },
    after: { status: stored.status, provider: stored.provider },
  });
  return statusOf(stored);
}

function unknownFlow(): AppError {
  return new AppError('invalid_request', 'This authorization was not begun here, or is over. Start again.', {
    issues: [{ field: 'code', reason: 'oauth_flow_over' }],
  });
}

import { and, eq, sql } from 'drizzle-orm';
import { idempotentAnswers } from '../../../db/schema/index.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import type { Claim } from './claim-answer.ts';
import type { StoredAnswer } from './stored-answer.ts';

type Claimed = Pick<Claim, 'keyId' | 'idempotencyKey' | 'requestId'>;

/** Keeps the answer of a claimed call for 24 hours; null: the call is done, its answer too long to keep. */
export async function completeAnswer(
  ctx: OrganizationContext,
  claim: Claimed,
  answer: Omit<StoredAnswer, 'requestId'> | null,
): Promise<void> {
  await ctx.db
    .update(idempotentAnswers)
    .set({
      state: 'done',
      statusCode: answer?.status ?? null,
      headers: answer?.headers ?? null,
      bodyEnvelope:
        answer && ctx.keyring.seal(answer.body.toString('base64'), `idempotency:${claim.requestId}`),
      expiresAt: sql`now() + interval '24 hours'`,
    })
    .where(isClaim(requireOrganization(ctx), claim));
}

/** Frees the key of a call that failed, so that it can be tried again. */
export async function releaseClaim(ctx: OrganizationContext, claim: Claimed): Promise<void> {
  await ctx.db.delete(idempotentAnswers).where(isClaim(requireOrganization(ctx), claim));
}

/** The row, as long as this call holds it. */
function isClaim(organizationId: string, { keyId, idempotencyKey, requestId }: Claimed) {
  return and(
    eq(idempotentAnswers.organizationId, organizationId),
    eq(idempotentAnswers.keyId, keyId),
    eq(idempotentAnswers.idempotencyKey, idempotencyKey),
    eq(idempotentAnswers.requestId, requestId),
    eq(idempotentAnswers.state, 'running'),
  );
}

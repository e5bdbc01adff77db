import { eq } from 'drizzle-orm';
import { organizations, type PromotionalCredit } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { postCredit } from './post-credit.ts';
import { grantPromotionalCreditSchema, type GrantPromotionalCreditInput } from './schemas.ts';

/**
 * Gives an organization credit that is spent before its wallet. For administrators and jobs.
 * @throws AppError `forbidden`, `invalid_request`, `not_found`.
 */
export async function grantPromotionalCredit(
  ctx: Context,
  input: GrantPromotionalCreditInput,
): Promise<PromotionalCredit> {
  const grantedByUserId = ctx.actor.type === 'system' ? null : requirePlatformAdmin(ctx).userId;
  const grant = parseInput(grantPromotionalCreditSchema, input);
  if (grant.expiresAt && grant.expiresAt.getTime() <= ctx.clock.now()) {
    throw new AppError('invalid_request', 'The credit would have expired already.', {
      issues: [{ field: 'expiresAt', reason: 'not_in_future' }],
    });
  }
  return withTransaction(ctx, async (tx) => {
    const [organization] = await tx.db
      .select({ id: organizations.id })
      .from(organizations)
      .where(eq(organizations.id, grant.organizationId));
    if (!organization) throw new AppError('not_found', 'There is no such organization.');
    const credit = await postCredit(tx, { ...grant, grantedByUserId });
    await appendAuditEvent(tx, {
      organizationId: grant.organizationId,
      action: 'promotional_credit.granted',
      subjectId: credit.id,
      after: {
        amountNanos: credit.amountNanos,
        expiresAt: credit.expiresAt?.toISOString() ?? null,
        reason: credit.reason,
      },
    });
    return credit;
  });
}

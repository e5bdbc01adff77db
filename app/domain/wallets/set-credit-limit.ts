import { eq, sql } from 'drizzle-orm';
import { organizations, wallets } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { lockWallet } from './move-wallet.ts';
import { setCreditLimitSchema, type SetCreditLimitInput } from './schemas.ts';

/**
 * How much an organization may owe before its calls are refused. Lowering it below what is owed only
 * stops more from being added. For administrators.
 */
export async function setCreditLimit(ctx: Context, input: SetCreditLimitInput): Promise<void> {
  requirePlatformAdmin(ctx);
  const { organizationId, creditLimitNanos, reason } = parseInput(setCreditLimitSchema, input);
  await withTransaction(ctx, async (tx) => {
    const [organization] = await tx.db
      .select({ id: organizations.id })
      .from(organizations)
      .where(eq(organizations.id, organizationId));
    if (!organization) throw new AppError('not_found', 'There is no such organization.');
    const before = await lockWallet(tx, organizationId);
    await tx.db
      .update(wallets)
      .set({ creditLimitNanos, updatedAt: sql`now()` })
      .where(eq(wallets.organizationId, organizationId));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credit_limit.set',
      subjectId: organizationId,
      before: { creditLimitNanos: before.creditLimitNanos },
      after: { creditLimitNanos, reason },
    });
  });
}

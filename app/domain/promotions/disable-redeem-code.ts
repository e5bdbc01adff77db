import { eq } from 'drizzle-orm';
import { redeemCodes } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { redeemCodeIdSchema } from './schemas.ts';

/** Ends a code; credit that it gave stays. For administrators. @throws AppError `not_found`. */
export async function disableRedeemCode(ctx: Context, input: { redeemCodeId: string }): Promise<void> {
  requirePlatformAdmin(ctx);
  const { redeemCodeId } = parseInput(redeemCodeIdSchema, input);
  await withTransaction(ctx, async (tx) => {
    const [code] = await tx.db
      .select({ status: redeemCodes.status })
      .from(redeemCodes)
      .where(eq(redeemCodes.id, redeemCodeId))
      .for('update');
    if (!code) throw new AppError('not_found', 'There is no such code.');
    if (code.status === 'disabled') return;
    await tx.db.update(redeemCodes).set({ status: 'disabled' }).where(eq(redeemCodes.id, redeemCodeId));
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'redeem_code.disabled',
      subjectId: redeemCodeId,
      before: { status: code.status },
      after: { status: 'disabled' },
    });
  });
}

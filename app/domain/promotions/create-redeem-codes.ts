import { redeemCodes } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { generateRedeemCode, hashRedeemCode } from '../../lib/redeem-code.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { createRedeemCodesSchema, type CreateRedeemCodesInput } from './schemas.ts';

/** A code just made. `code` exists nowhere else: whoever gets this shows it once. */
export interface IssuedRedeemCode {
  id: string;
  code: string;
}

/** Makes codes that give promotional credit. For administrators. */
export async function createRedeemCodes(
  ctx: Context,
  input: CreateRedeemCodesInput,
): Promise<IssuedRedeemCode[]> {
  const { userId } = requirePlatformAdmin(ctx);
  const { count, ...settings } = parseInput(createRedeemCodesSchema, input);
  if (settings.expiresAt && settings.expiresAt.getTime() <= ctx.clock.now()) {
    throw new AppError('invalid_request', 'The codes would have expired already.', {
      issues: [{ field: 'expiresAt', reason: 'not_in_future' }],
    });
  }
  const issued = Array.from({ length: count }, () => ({
    id: newId('redeemCode'),
    code: generateRedeemCode(),
  }));
  await withTransaction(ctx, async (tx) => {
    await tx.db.insert(redeemCodes).values(
      issued.map(({ id, code }) => ({
        ...settings,
        id,
        codeHash: hashRedeemCode(code, ctx.config.secrets.keyPepper),
        lastFour: code.slice(-4),
        createdByUserId: userId,
      })),
    );
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'redeem_codes.created',
      subjectId: issued[0]?.id ?? null,
      after: {
        count,
        amountNanos: settings.amountNanos,
        maxRedemptions: settings.maxRedemptions,
        expiresAt: settings.expiresAt?.toISOString() ?? null,
        creditDays: settings.creditDays,
        note: settings.note,
      },
    });
  });
  return issued;
}

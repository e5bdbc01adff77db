import { and, eq, or } from 'drizzle-orm';
import { receipts, usageEvents, type Receipt } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { SignedReceipt } from '../../lib/verify-receipts.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { issueReceiptOf } from './issue-receipts.ts';
import { getReceiptSchema, type GetReceiptInput } from './schemas.ts';

export type ReceiptContext = Pick<OrganizationContext, 'actor' | 'db' | 'keyring'>;

/**
 * The receipt of a call, for its buyer and its seller: the same bytes. Issued now when the job has not
 * come to it yet.
 * @throws AppError `not_found`, also for calls that cost nothing and for other organizations' calls.
 */
export async function getReceipt(ctx: ReceiptContext, input: GetReceiptInput): Promise<SignedReceipt> {
  const organizationId = requireOrganization(ctx);
  const { requestId } = parseInput(getReceiptSchema, input);
  const found = await findReceipt(ctx, organizationId, requestId);
  if (found) return found;
  const [event] = await ctx.db
    .select({ keyId: usageEvents.keyId, chargeNanos: usageEvents.chargeNanos })
    .from(usageEvents)
    .where(
      and(
        eq(usageEvents.requestId, requestId),
        or(
          eq(usageEvents.organizationId, organizationId),
          eq(usageEvents.sellerOrganizationId, organizationId),
        ),
      ),
    );
  if (event && event.chargeNanos > 0n) {
    await issueReceiptOf(ctx, { keyId: event.keyId, requestId });
    const issued = await findReceipt(ctx, organizationId, requestId);
    if (issued) return issued;
  }
  throw new AppError('not_found', 'There is no such receipt. Calls that cost nothing have none.');
}

async function findReceipt(
  { db }: Pick<ReceiptContext, 'db'>,
  organizationId: string,
  requestId: string,
): Promise<SignedReceipt | null> {
  const [row] = await db
    .select()
    .from(receipts)
    .where(
      and(
        eq(receipts.requestId, requestId),
        or(eq(receipts.organizationId, organizationId), eq(receipts.sellerOrganizationId, organizationId)),
      ),
    );
  return row ? toSignedReceipt(row) : null;
}

export function toSignedReceipt(
  row: Pick<Receipt, 'payload' | 'hash' | 'signingKeyId' | 'signature'>,
): SignedReceipt {
  const { payload, hash, signingKeyId, signature } = row;
  return { payload, hash, signing_key_id: signingKeyId, signature };
}

import { and, asc, eq, gt, gte, lt } from 'drizzle-orm';
import { receipts, usageEvents } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { SignedReceipt } from '../../lib/verify-receipts.ts';
import { requireOrganization } from '../context.ts';
import { issueReceiptsFor } from './issue-receipts.ts';
import { toSignedReceipt, type ReceiptContext } from './get-receipt.ts';
import { listReceiptsSchema, type ListReceiptsInput } from './schemas.ts';

/** Receipts of the acting organization's calls, or of calls to its services, chain by chain. */
export async function listReceipts(ctx: ReceiptContext, input: ListReceiptsInput): Promise<SignedReceipt[]> {
  const organizationId = requireOrganization(ctx);
  const { perspective, keyId, from, to, after, limit } = parseInput(listReceiptsSchema, input);
  await issueReceiptsFor(ctx, { organizationId, perspective });
  const owner = perspective === 'buyer' ? receipts.organizationId : receipts.sellerOrganizationId;
  const rows = await ctx.db
    .select({
      payload: receipts.payload,
      hash: receipts.hash,
      signingKeyId: receipts.signingKeyId,
      signature: receipts.signature,
    })
    .from(receipts)
    .innerJoin(
      usageEvents,
      and(
        eq(usageEvents.organizationId, receipts.organizationId),
        eq(usageEvents.requestId, receipts.requestId),
      ),
    )
    .where(
      and(
        eq(owner, organizationId),
        keyId === undefined ? undefined : eq(receipts.keyId, keyId),
        from && gte(usageEvents.occurredAt, from),
        to && lt(usageEvents.occurredAt, to),
        after === undefined ? undefined : gt(receipts.sequence, after),
      ),
    )
    .orderBy(asc(receipts.keyId), asc(receipts.sequence))
    .limit(limit);
  return rows.map(toSignedReceipt);
}

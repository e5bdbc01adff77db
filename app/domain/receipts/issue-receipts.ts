import { createHash, sign } from 'node:crypto';
import { and, asc, desc, eq, gt, gte, notExists, or, sql, type SQL } from 'drizzle-orm';
import { receipts, usageEvents } from '../../../db/schema/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { LATE_COMMIT_MINUTES } from '../usage/index.ts';
import { receiptPayload } from './receipt-payload.ts';
import { getSigner } from './signing-key.ts';

type IssueContext = Pick<Context, 'db' | 'keyring'>;

const WATERMARK = 'receipts';
const CURRENCY = 'USD';
const BATCH = 500;

/** Gives every charged call its receipt. Safe to run twice, late or in parallel: a key's chain has one writer. */
export async function issueReceipts(ctx: Context): Promise<{ issued: number }> {
  requireSystem(ctx);
  const [at] = await ctx.db.execute<{ now: string }>(sql`select now()::text as now`);
  const rows = await ctx.db
    .selectDistinct({ keyId: usageEvents.keyId })
    .from(usageEvents)
    .where(and(isPending(ctx), isRecent()))
    .orderBy(usageEvents.keyId);
  let issued = 0;
  for (const { keyId } of rows) issued += await issueForKey(ctx, keyId, isRecent());
  // All that was recorded before this run began has its receipt; what commits late is looked for again.
  await ctx.db.execute(sql`
    insert into watermarks (name, reached_at) values (${WATERMARK}, ${at!.now}::timestamptz)
    on conflict (name) do update set reached_at = greatest(watermarks.reached_at, excluded.reached_at)`);
  return { issued };
}

/** Those of an organization's latest calls now, made or sold. */
export async function issueReceiptsFor(
  ctx: IssueContext,
  { organizationId, perspective }: { organizationId: string; perspective: 'buyer' | 'seller' },
): Promise<void> {
  const owner = perspective === 'buyer' ? usageEvents.organizationId : usageEvents.sellerOrganizationId;
  const rows = await ctx.db
    .selectDistinct({ keyId: usageEvents.keyId })
    .from(usageEvents)
    .where(and(eq(owner, organizationId), isPending(ctx), isRecent()))
    .orderBy(usageEvents.keyId);
  for (const { keyId } of rows) await issueForKey(ctx, keyId, isRecent());
}

/** The receipt of one call now, with those of the calls of its key before it. */
export async function issueReceiptOf(
  ctx: IssueContext,
  { keyId, requestId }: { keyId: string; requestId: string },
): Promise<void> {
  await issueForKey(ctx, keyId, or(isRecent(), eq(usageEvents.requestId, requestId))!);
}

function isPending({ db }: Pick<Context, 'db'>): SQL {
  return and(
    gt(usageEvents.chargeNanos, 0n),
    notExists(
      db
        .select({ one: sql`1` })
        .from(receipts)
        .where(
          and(
            eq(receipts.organizationId, usageEvents.organizationId),
            eq(receipts.requestId, usageEvents.requestId),
          ),
        ),
    ),
  )!;
}

function isRecent(): SQL {
  return gte(
    usageEvents.occurredAt,
    sql`coalesce((select reached_at - make_interval(mins => ${LATE_COMMIT_MINUTES}) from watermarks where name = ${WATERMARK}), '-infinity')`,
  );
}

async function issueForKey(ctx: IssueContext, keyId: string, which: SQL): Promise<number> {
  let issued = 0;
  for (;;) {
    const count = await issueBatch(ctx, keyId, which);
    issued += count;
    if (count < BATCH) return issued;
  }
}

async function issueBatch(ctx: IssueContext, keyId: string, which: SQL): Promise<number> {
  return withTransaction(ctx, async (tx) => {
    await tx.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`receipts:${keyId}`}, 0))`);
    const events = await tx.db
      .select()
      .from(usageEvents)
      .where(and(eq(usageEvents.keyId, keyId), isPending(tx), which))
      .orderBy(asc(usageEvents.occurredAt), asc(usageEvents.requestId))
      .limit(BATCH);
    if (events.length === 0) return 0;
    const signer = await getSigner(tx);
    const [last] = await tx.db
      .select({ sequence: receipts.sequence, hash: receipts.hash })
      .from(receipts)
      .where(eq(receipts.keyId, keyId))
      .orderBy(desc(receipts.sequence))
      .limit(1);
    let sequence = last?.sequence ?? 0;
    let previousHash = last?.hash ?? null;
    const rows = events.map((event) => {
      sequence += 1;
      const payload = receiptPayload(event, {
        sequence,
        previousHash,
        signingKeyId: signer.id,
        currency: CURRENCY,
      });
      const bytes = Buffer.from(payload, 'utf8');
      previousHash = createHash('sha256').update(bytes).digest('hex');
      return {
        organizationId: event.organizationId,
        requestId: event.requestId,
        keyId,
        sellerOrganizationId: event.sellerOrganizationId,
        sequence,
        payload,
        hash: previousHash,
        signingKeyId: signer.id,
        signature: sign(null, bytes, signer.privateKey).toString('base64url'),
      };
    });
    await tx.db.insert(receipts).values(rows);
    return rows.length;
  });
}

import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { idempotentAnswers } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { isOver, wasCharged } from './charged-claim.ts';
import type { StoredAnswer } from './stored-answer.ts';

export interface Claim {
  keyId: string;
  idempotencyKey: string;
  /** SHA-256 of what the caller asks for. */
  fingerprint: Buffer;
  requestId: string;
  /** After so long without an end, the process that runs the call is taken for dead. */
  runningSeconds: number;
}

const ATTEMPTS = 3;
const RETRY_SECONDS = 1;

/**
 * Claims the key for this call. @returns null when it is claimed, or the answer that was given before.
 * @throws AppError `idempotency_in_progress`, `idempotency_mismatch`; `conflict` when the call is done and
 * its answer was not kept: it was too long, or its process died.
 */
export async function claimAnswer(ctx: OrganizationContext, claim: Claim): Promise<StoredAnswer | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await insertClaim(ctx, claim)) return null;
    const found = await findAnswer(ctx, claim);
    if (found) return found;
    // It was given back between the two statements.
  }
  throw inProgress();
}

async function insertClaim(ctx: OrganizationContext, claim: Claim): Promise<boolean> {
  const { keyId, idempotencyKey, fingerprint, requestId, runningSeconds } = claim;
  const state = {
    fingerprint,
    requestId,
    state: 'running' as const,
    statusCode: null,
    headers: null,
    bodyEnvelope: null,
    expiresAt: sql`now() + ${runningSeconds} * interval '1 second'`,
  };
  const rows = await ctx.db
    .insert(idempotentAnswers)
    .values({ organizationId: requireOrganization(ctx), keyId, idempotencyKey, ...state })
    .onConflictDoUpdate({
      target: [idempotentAnswers.organizationId, idempotentAnswers.keyId, idempotentAnswers.idempotencyKey],
      set: { ...state, createdAt: sql`now()` },
      setWhere: isOver,
    })
    .returning({ requestId: idempotentAnswers.requestId });
  return rows.length > 0;
}

async function findAnswer(
  ctx: OrganizationContext,
  { keyId, idempotencyKey, fingerprint }: Claim,
): Promise<StoredAnswer | null> {
  const [row] = await ctx.db
    .select({ ...getTableColumns(idempotentAnswers), wasCharged })
    .from(idempotentAnswers)
    .where(
      and(
        eq(idempotentAnswers.organizationId, requireOrganization(ctx)),
        eq(idempotentAnswers.keyId, keyId),
        eq(idempotentAnswers.idempotencyKey, idempotencyKey),
      ),
    );
  if (!row) return null;
  if (!row.fingerprint.equals(fingerprint)) {
    throw new AppError(
      'idempotency_mismatch',
      'This Idempotency-Key was used with another request. Use a new one for a new request.',
    );
  }
  if (row.wasCharged) throw notKept(row.requestId, 'was completed and charged');
  if (row.state === 'running') throw inProgress();
  if (row.bodyEnvelope === null) throw notKept(row.requestId, 'was completed');
  return {
    requestId: row.requestId,
    status: row.statusCode!,
    headers: row.headers!,
    body: Buffer.from(ctx.keyring.open(row.bodyEnvelope, `idempotency:${row.requestId}`), 'base64'),
  };
}

function notKept(requestId: string, was: string): AppError {
  return new AppError(
    'conflict',
    `The call with this Idempotency-Key ${was} as ${requestId}; its answer was not kept. Use a new key to call again.`,
    { details: { original_request: requestId } },
  );
}

function inProgress(): AppError {
  return new AppError(
    'idempotency_in_progress',
    'A call with this Idempotency-Key is still running. Wait for its answer.',
    { retryAfterSeconds: RETRY_SECONDS },
  );
}

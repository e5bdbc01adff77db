import { and, eq, sql } from 'drizzle-orm';
import { idempotentAnswers } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
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
 * @throws AppError `idempotency_in_progress`, `idempotency_mismatch`; `conflict` when the answer was too
 * long to be kept.
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
      setWhere: sql`${idempotentAnswers.expiresAt} <= now()`,
    })
    .returning({ requestId: idempotentAnswers.requestId });
  return rows.length > 0;
}

async function findAnswer(
  ctx: OrganizationContext,
  { keyId, idempotencyKey, fingerprint }: Claim,
): Promise<StoredAnswer | null> {
  const [row] = await ctx.db
    .select()
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
  if (row.state === 'running') throw inProgress();
  if (row.bodyEnvelope === null) {
    throw new AppError(
      'conflict',
      `The call with this Idempotency-Key is done (${row.requestId}), but its answer was too long to be kept. Use a new key to call again.`,
      { details: { original_request: row.requestId } },
    );
  }
  return {
    requestId: row.requestId,
    status: row.statusCode!,
    headers: row.headers!,
    body: Buffer.from(ctx.keyring.open(row.bodyEnvelope, `idempotency:${row.requestId}`), 'base64'),
  };
}

function inProgress(): AppError {
  return new AppError(
    'idempotency_in_progress',
    'A call with this Idempotency-Key is still running. Wait for its answer.',
    { retryAfterSeconds: RETRY_SECONDS },
  );
}

import { and, count, eq } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { insertCredential } from '../services/index.ts';
import {
  auditedCredential,
  findCredentials,
  lockPool,
  openPool,
  type OwnCredential,
} from './own-credential.ts';
import { addCredentialSchema, MAX_CREDENTIALS, type AddCredentialInput } from './schemas.ts';

/**
 * Adds one credential to the pool of an upstream; calls use it within a second.
 * @throws AppError `invalid_request` with issues, `already_exists` for a secret of the pool, `not_found`.
 */
export async function addCredential(ctx: Context, input: AddCredentialInput): Promise<OwnCredential> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { upstreamId, credential, ...pool } = parseInput(addCredentialSchema, input);
  return withTransaction(ctx, async (tx) => {
    await lockPool(tx.db, organizationId, upstreamId);
    await assertRoom(tx, upstreamId, 1);
    if (credential.secret !== undefined && (await openPool(tx, upstreamId)).has(credential.secret)) {
      throw new AppError('already_exists', 'This secret is in the pool already.', {
        issues: [{ field: 'credential.secret', reason: 'taken' }],
      });
    }
    const id = await insertCredential(tx, { organizationId, upstreamId, credential });
    await tx.db.update(credentials).set(pool).where(eq(credentials.id, id));
    const [created] = await findCredentials(tx.db, eq(credentials.id, id), tx.clock.date());
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credential.added',
      subjectId: id,
      before: null,
      after: auditedCredential(created!),
    });
    return created!;
  });
}

/** @throws AppError `conflict` when the pool would grow beyond its ceiling. */
export async function assertRoom(tx: Context, upstreamId: string, wanted: number): Promise<void> {
  const [row] = await tx.db
    .select({ total: count() })
    .from(credentials)
    .where(and(eq(credentials.upstreamId, upstreamId)));
  if ((row?.total ?? 0) + wanted > MAX_CREDENTIALS) {
    throw new AppError('conflict', `A pool holds at most ${MAX_CREDENTIALS} credentials.`);
  }
}

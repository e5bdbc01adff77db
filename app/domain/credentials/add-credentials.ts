import { credentials } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { fitsPlacement, hasParameter, secretSchema } from '../services/index.ts';
import { assertRoom } from './add-credential.ts';
import { lockPool, openPool } from './own-credential.ts';
import { addCredentialsSchema, linesOf, type AddCredentialsInput } from './schemas.ts';

export interface BatchResult {
  /** Numbers of lines, from 1. */
  added: number[];
  skipped: { line: number; reason: 'duplicate' | 'invalid' }[];
}

/**
 * Adds many secrets at once, one a line. Lines that are in the pool already, or twice in the batch, or
 * no secrets at all are skipped and named; the others are added together or not at all.
 * @throws AppError `invalid_request` with issues, `not_found`, `conflict` when the pool is full.
 */
export async function addCredentials(ctx: Context, input: AddCredentialsInput): Promise<BatchResult> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const parsed = parseInput(addCredentialsSchema, input);
  const { upstreamId, placement, parameterName, secrets, label, ...pool } = parsed;
  return withTransaction(ctx, async (tx) => {
    await lockPool(tx.db, organizationId, upstreamId);
    const known = await openPool(tx, upstreamId);
    const result: BatchResult = { added: [], skipped: [] };
    const rows: (typeof credentials.$inferInsert)[] = [];
    const createdAt = tx.clock.now();
    for (const { line, text } of linesOf(secrets)) {
      const secret = secretSchema.safeParse(text).data;
      if (secret === undefined || !fitsPlacement(placement, secret)) {
        result.skipped.push({ line, reason: 'invalid' });
        continue;
      }
      if (known.has(secret)) {
        result.skipped.push({ line, reason: 'duplicate' });
        continue;
      }
      known.add(secret);
      result.added.push(line);
      const id = newId('credential');
      rows.push({
        ...pool,
        id,
        organizationId,
        upstreamId,
        placement,
        parameterName: hasParameter(placement) ? (parameterName ?? null) : null,
        label: label ? `${label} ${result.added.length}` : '',
        secretEnvelope: tx.keyring.seal(secret, `credential:${id}`),
        secretSetAt: new Date(createdAt),
        // A millisecond apart, so that the pool keeps the order of the lines.
        createdAt: new Date(createdAt + rows.length),
      });
    }
    await assertRoom(tx, upstreamId, rows.length);
    if (rows.length > 0) await tx.db.insert(credentials).values(rows);
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credential.batch_added',
      subjectId: upstreamId,
      before: null,
      after: { placement, added: result.added.length, skipped: result.skipped.length },
    });
    return result;
  });
}

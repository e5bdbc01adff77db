import { count, eq } from 'drizzle-orm';
import { upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnService } from '../plans/index.ts';
import {
  assertPublicBaseUrl,
  defaultTimeouts,
  insertCredential,
  normaliseBaseUrl,
} from '../services/index.ts';
import { assertFits, auditedUpstream, findUpstreams, type OwnUpstream } from './own-upstream.ts';
import { createUpstreamSchema, type CreateUpstreamInput } from './schemas.ts';

export const MAX_UPSTREAMS = 20;

/**
 * Gives a service another place to send its calls to, with its first credential.
 * @throws AppError `invalid_request` and `blocked_target` with issues, `not_found`, `conflict` beyond 20.
 */
export async function createUpstream(ctx: Context, input: CreateUpstreamInput): Promise<OwnUpstream> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { organizationId } = actor;
  const { serviceId, baseUrl, credential, models, dialect, costPerMillion, ...fields } = parseInput(
    createUpstreamSchema,
    input,
  );
  await assertPublicBaseUrl(ctx, baseUrl);
  return withTransaction(ctx, async (tx) => {
    const service = await lockOwnService(tx.db, organizationId, serviceId);
    await assertFits(tx.db, {
      organizationId,
      kind: service.kind,
      dialect,
      egressPoolId: fields.egressPoolId,
    });
    const [existing] = await tx.db
      .select({ total: count() })
      .from(upstreams)
      .where(eq(upstreams.serviceId, service.id));
    if ((existing?.total ?? 0) >= MAX_UPSTREAMS) {
      throw new AppError('conflict', `A service has at most ${MAX_UPSTREAMS} upstreams.`);
    }
    const id = newId('upstream');
    await tx.db.insert(upstreams).values({
      ...defaultTimeouts(service.kind),
      ...fields,
      id,
      organizationId,
      serviceId: service.id,
      baseUrl: normaliseBaseUrl(baseUrl)!,
      dialect: service.kind === 'llm' ? (dialect ?? 'openai-chat') : 'raw',
      models: [...new Set(models ?? [])],
      costNanosPerMillion: costPerMillion ?? null,
    });
    await insertCredential(tx, { organizationId, upstreamId: id, credential });
    const [created] = await findUpstreams(tx.db, eq(upstreams.id, id), tx.clock.date());
    await appendAuditEvent(tx, {
      organizationId,
      action: 'upstream.created',
      subjectId: id,
      before: null,
      after: auditedUpstream(created!),
    });
    return created!;
  });
}

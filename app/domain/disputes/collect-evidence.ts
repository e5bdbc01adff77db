import { and, asc, eq, gt, gte, inArray, lt, sql } from 'drizzle-orm';
import { disputeCalls, receipts, refunds, usageEvents, type UsageEvent } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import type { CallEvidence } from './judge-evidence.ts';
import { DISPUTE_WINDOW_DAYS, MAX_DISPUTED_CALLS } from './schemas.ts';

export interface DisputedCall {
  event: UsageEvent;
  evidence: CallEvidence;
}

export interface WantedCalls {
  /** The buyer. */
  organizationId: string;
  requestIds?: string[] | undefined;
  serviceId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** A request id made at this moment or later is not below this; partitions are cut by it. */
const requestIdsFrom = (at: string) => sql`'req_' || ulid_time(${at}::timestamptz)`;

/**
 * The charged calls that are meant, with what was recorded of them.
 * @throws AppError `not_found` when a call is not the buyer's, `conflict` when one can no longer be disputed,
 * `invalid_request` when they are too many or of several services.
 */
export async function collectEvidence(ctx: Context, wanted: WantedCalls): Promise<DisputedCall[]> {
  const events = wanted.requestIds
    ? await findNamed(ctx, wanted.organizationId, [...new Set(wanted.requestIds)])
    : await findInRange(ctx, wanted);
  if (new Set(events.map(({ serviceId }) => serviceId)).size > 1) {
    throw new AppError('invalid_request', 'Dispute the calls of one service at a time.', {
      issues: [{ field: 'requestIds', reason: 'invalid' }],
    });
  }
  const ids = events.map(({ requestId }) => requestId);
  const [hashes, likeness] = await Promise.all([
    findReceiptHashes(ctx, wanted.organizationId, ids),
    findLikeness(ctx, wanted.organizationId, ids),
  ]);
  return events.map((event) => ({
    event,
    evidence: evidenceOf(event, hashes.get(event.requestId) ?? null, likeness.get(event.requestId)),
  }));
}

async function findNamed(ctx: Context, organizationId: string, requestIds: string[]): Promise<UsageEvent[]> {
  const events = await ctx.db
    .select()
    .from(usageEvents)
    .where(and(eq(usageEvents.organizationId, organizationId), inArray(usageEvents.requestId, requestIds)))
    .orderBy(asc(usageEvents.requestId));
  if (events.length < requestIds.length) throw new AppError('not_found', 'There is no such call.');
  const oldest = ctx.clock.now() - DISPUTE_WINDOW_DAYS * 86_400_000;
  for (const event of events) {
    if (event.chargeNanos === 0n) throw refused(event.requestId, 'was not charged');
    if (event.occurredAt.getTime() < oldest) {
      throw refused(event.requestId, `is older than ${DISPUTE_WINDOW_DAYS} days`);
    }
  }
  const closed = await findClosed(ctx, organizationId, requestIds);
  const [taken] = closed;
  if (taken !== undefined) throw refused(taken, 'is disputed or refunded already');
  return events;
}

function refused(requestId: string, why: string): AppError {
  return new AppError('conflict', `The call ${requestId} ${why}; it cannot be disputed.`);
}

/** Which of these were disputed or refunded before. */
async function findClosed(ctx: Context, organizationId: string, requestIds: string[]): Promise<string[]> {
  const [disputed, refunded] = await Promise.all([
    ctx.db
      .select({ requestId: disputeCalls.requestId })
      .from(disputeCalls)
      .where(
        and(eq(disputeCalls.organizationId, organizationId), inArray(disputeCalls.requestId, requestIds)),
      ),
    ctx.db
      .select({ requestId: refunds.reference })
      .from(refunds)
      .where(
        and(
          eq(refunds.organizationId, organizationId),
          eq(refunds.kind, 'call'),
          inArray(refunds.reference, requestIds),
        ),
      ),
  ]);
  return [...disputed, ...refunded].map(({ requestId }) => requestId);
}

async function findInRange(
  ctx: Context,
  { organizationId, serviceId, from, to }: WantedCalls,
): Promise<UsageEvent[]> {
  const oldest = new Date(ctx.clock.now() - DISPUTE_WINDOW_DAYS * 86_400_000);
  const start = from! > oldest ? from! : oldest;
  // A call is recorded when it ends, at most a day after its id was made.
  const idsFrom = new Date(start.getTime() - 86_400_000).toISOString();
  const events = await ctx.db
    .select()
    .from(usageEvents)
    .where(
      and(
        eq(usageEvents.organizationId, organizationId),
        gte(usageEvents.requestId, requestIdsFrom(idsFrom)),
        eq(usageEvents.serviceId, serviceId!),
        gt(usageEvents.chargeNanos, 0n),
        gte(usageEvents.occurredAt, start),
        lt(usageEvents.occurredAt, to!),
        sql`not exists (select 1 from ${disputeCalls} d where d.organization_id = ${usageEvents.organizationId}
          and d.request_id = ${usageEvents.requestId})`,
        sql`not exists (select 1 from ${refunds} r where r.organization_id = ${usageEvents.organizationId}
          and r.kind = 'call' and r.reference = ${usageEvents.requestId})`,
      ),
    )
    .orderBy(asc(usageEvents.requestId))
    .limit(MAX_DISPUTED_CALLS + 1);
  if (events.length === 0) {
    throw new AppError('not_found', 'In this range there is no charged call that can be disputed.');
  }
  if (events.length > MAX_DISPUTED_CALLS) {
    throw new AppError(
      'invalid_request',
      `A dispute has at most ${MAX_DISPUTED_CALLS} calls; choose a shorter range.`,
      {
        issues: [{ field: 'to', reason: 'too_big', params: { max: MAX_DISPUTED_CALLS } }],
      },
    );
  }
  return events;
}

async function findReceiptHashes(
  ctx: Context,
  organizationId: string,
  ids: string[],
): Promise<Map<string, string>> {
  const rows = await ctx.db
    .select({ requestId: receipts.requestId, hash: receipts.hash })
    .from(receipts)
    .where(and(eq(receipts.organizationId, organizationId), inArray(receipts.requestId, ids)));
  return new Map(rows.map(({ requestId, hash }) => [requestId, hash]));
}

interface Likeness extends Record<string, unknown> {
  request_id: string;
  duplicate_of: string | null;
  similar: number;
}

/** Charged calls of the same key that look the same, and the first one of the same idempotency key. */
async function findLikeness(
  ctx: Context,
  organizationId: string,
  ids: string[],
): Promise<Map<string, Likeness>> {
  const list = sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  );
  const rows = await ctx.db.execute<Likeness>(sql`
    select e.request_id, (array_agg(o.request_id order by o.request_id)
        -- Of an answer that came whole: one that the caller broke off may be asked for again, and costs again.
        filter (where o.request_id < e.request_id and o.terminal_state = 'complete' and o.status_code < 400
          and o.trace ->> 'idempotencyHash' = e.trace ->> 'idempotencyHash'))[1] as duplicate_of,
      count(o.request_id) filter (where o.occurred_at between e.occurred_at - interval '1 minute'
        and e.occurred_at + interval '1 minute')::integer as similar
    from usage_events e left join usage_events o on o.organization_id = e.organization_id
      and o.request_id between 'req_' || ulid_time(e.occurred_at - interval '1 day')
        and 'req_' || ulid_time(e.occurred_at + interval '1 hour')
      and o.request_id <> e.request_id and o.key_id = e.key_id and o.service_id = e.service_id and o.charge_nanos > 0
      and o.method = e.method and o.model is not distinct from e.model and o.request_bytes = e.request_bytes
    where e.organization_id = ${organizationId} and e.request_id in (${list})
    group by e.request_id`);
  return new Map(rows.map((row) => [row.request_id, row]));
}

function evidenceOf(
  event: UsageEvent,
  receiptHash: string | null,
  likeness: Likeness | undefined,
): CallEvidence {
  return {
    occurredAt: event.occurredAt.toISOString(),
    method: event.method,
    statusCode: event.statusCode,
    terminalState: event.terminalState,
    fault: event.fault,
    errorCode: event.errorCode,
    streamed: event.streamed,
    attempts: event.attempts,
    firstByteMs: event.firstByteMs,
    totalMs: event.totalMs,
    requestBytes: event.requestBytes,
    responseBytes: event.responseBytes,
    model: event.model,
    servedModel: event.servedModel,
    inputTokens: event.inputTokens,
    outputTokens: event.outputTokens,
    usageSource: event.usageSource,
    chargeNanos: event.chargeNanos.toString(),
    lines: event.lines,
    receiptHash,
    duplicateOf: likeness?.duplicate_of ?? null,
    similarCalls: likeness?.similar ?? 0,
  };
}

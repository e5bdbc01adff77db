import { sql } from 'drizzle-orm';
import { LATENCY_BOUNDS_MS } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { rollUpRangeSchema, type RollUpRange } from './schemas.ts';

/**
 * Events carry the start of the transaction that wrote them, so one that commits late lies behind
 * the watermark. No settle transaction lives as long as this.
 */
export const LATE_COMMIT_MINUTES = 5;

/**
 * Recomputes every 15-minute bucket that may have changed since the watermark, or those of a range:
 * for events that came by another way than settling. Buckets are deleted and rebuilt from the events
 * in one transaction, so running it twice, late or in parallel gives the same rows.
 */
export async function rollUpUsage(ctx: Context, input: RollUpRange = {}): Promise<void> {
  requireSystem(ctx);
  const asked = parseInput(rollUpRangeSchema, input);
  await withTransaction(ctx, async ({ db }) => {
    await db.execute(sql`select pg_advisory_xact_lock(hashtext('roll_up_usage'))`);
    await db.execute(sql`set local statement_timeout = '120s'`);
    const [range] = await db.execute<{ start: string | null; end: string }>(sql`
      select date_bin('15 minutes', coalesce(
          ${asked.from?.toISOString() ?? null}::timestamptz,
          (select reached_at - make_interval(mins => ${LATE_COMMIT_MINUTES}) from watermarks where name = 'usage_rollup'),
          (select min(occurred_at) from usage_events)), 'epoch')::text as start,
        date_bin('15 minutes', ${asked.to?.toISOString() ?? null}::timestamptz + interval '15 minutes' - interval '1 microsecond',
          'epoch')::text as end`);
    if (range?.start) await rebuild(db, range.start, range.end ?? 'infinity');
    // A range says nothing about what is outside of it.
    if (asked.from) return;
    await db.execute(sql`
      insert into watermarks (name, reached_at) values ('usage_rollup', now())
      on conflict (name) do update set reached_at = excluded.reached_at`);
  });
}

async function rebuild(db: Context['db'], start: string, end: string): Promise<void> {
  // Bucket i of the histogram counts calls within its bound and beyond the one before.
  const histogram = [...LATENCY_BOUNDS_MS, null].map((bound, index) => {
    const below = index === 0 ? sql`true` : sql`total_ms > ${LATENCY_BOUNDS_MS[index - 1]}`;
    const within = bound === null ? sql`true` : sql`total_ms <= ${bound}`;
    return sql`count(*) filter (where ${below} and ${within})::integer`;
  });
  const within = sql`occurred_at >= ${start}::timestamptz and occurred_at < ${end}::timestamptz`;
  await db.execute(sql`
    delete from usage_rollups where bucket_start >= ${start}::timestamptz and bucket_start < ${end}::timestamptz`);
  await db.execute(sql`
    insert into usage_rollups (
      bucket_start, organization_id, seller_organization_id, service_id, plan_id, key_id, model, calls, errors,
      buyer_errors, seller_errors, platform_errors, request_bytes, response_bytes, input_tokens, output_tokens,
      cached_input_tokens, cache_write_tokens, reasoning_tokens, charge_nanos, fee_nanos, promo_nanos, credit_nanos,
      total_ms_sum, latency_counts)
    select date_bin('15 minutes', occurred_at, 'epoch'), organization_id, seller_organization_id, service_id,
      plan_id, key_id, coalesce(model, ''), count(*), count(*) filter (where fault <> 'none'),
      count(*) filter (where fault = 'buyer'), count(*) filter (where fault = 'seller'),
      count(*) filter (where fault = 'platform'), sum(request_bytes), sum(response_bytes),
      coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cached_input_tokens), 0),
      coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0), sum(charge_nanos), sum(fee_nanos),
      sum(promo_nanos), sum(credit_nanos), sum(total_ms), array[${sql.join(histogram, sql`, `)}]
    from usage_events where ${within}
    group by 1, 2, 3, 4, 5, 6, 7`);
  await db.execute(sql`
    update keys k set last_used_at = u.used_at
    from (select organization_id, key_id, max(occurred_at) as used_at from usage_events
          where ${within} group by 1, 2) u
    where k.organization_id = u.organization_id and k.id = u.key_id
      and (k.last_used_at is null or k.last_used_at < u.used_at)`);
  await db.execute(sql`
    update credentials c set last_used_at = u.used_at
    from (select seller_organization_id, credential_id, max(occurred_at) as used_at from usage_events
          where ${within} and credential_id is not null group by 1, 2) u
    where c.organization_id = u.seller_organization_id and c.id = u.credential_id
      and (c.last_used_at is null or c.last_used_at < u.used_at)`);
}

import { sql, type SQL } from 'drizzle-orm';
import { LATENCY_BOUNDS_MS } from '../../../db/schema/index.ts';
import { LATE_COMMIT_MINUTES } from './roll-up-usage.ts';

const QUARTER_MS = 15 * 60_000;
const HISTOGRAM = [...LATENCY_BOUNDS_MS, null];

/** Half-open: from ≤ event < to. */
export interface Instants {
  from: Date;
  to: Date;
}

const FACTS = ['promo_nanos', 'credit_nanos', 'charge_nanos', 'fee_nanos', 'request_bytes', 'response_bytes'];
const TOKENS = [
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
];

/**
 * What calls of a range used, as a subquery shaped like `usage_rollups` with `at` for the time: the
 * roll-ups for whole 15-minute buckets that nothing can change any more, the events themselves for
 * what is newer and for the edges. One statement, one snapshot: no call is missing and none counts twice.
 * @param scope narrows both halves; columns of both tables have the same names.
 */
export function usageFacts({ from, to }: Instants, scope: SQL): SQL {
  const at = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;
  const firstWhole = Math.ceil(from.getTime() / QUARTER_MS) * QUARTER_MS;
  const lastWhole = Math.max(firstWhole, Math.floor(to.getTime() / QUARTER_MS) * QUARTER_MS);
  const closed = sql`least(${at(lastWhole)}, greatest(${at(firstWhole)}, coalesce((
    select date_bin('15 minutes', reached_at - make_interval(mins => ${LATE_COMMIT_MINUTES}), 'epoch')
    from watermarks where name = 'usage_rollup'), '-infinity')))`;
  const columns = sql.raw(
    `organization_id, seller_organization_id, service_id, plan_id, key_id, ${FACTS.join(', ')}`,
  );
  const events = (range: SQL) => sql`
    select occurred_at as at, ${columns}, coalesce(model, '') as model, 1::bigint as calls,
      (fault <> 'none')::integer::bigint as errors, ${sql.raw(TOKENS.map((name) => `coalesce(${name}, 0) as ${name}`).join(', '))},
      total_ms::bigint as total_ms_sum, array[${sql.raw(
        HISTOGRAM.map((bound, index) =>
          [
            index === 0 ? 'true' : `total_ms > ${LATENCY_BOUNDS_MS[index - 1]}`,
            bound === null ? 'true' : `total_ms <= ${bound}`,
          ].join(' and '),
        )
          .map((condition) => `(${condition})::integer`)
          .join(', '),
      )}] as latency_counts
    from usage_events where ${range} and ${scope}`;
  return sql`(
    select bucket_start as at, ${columns}, model, calls, errors, ${sql.raw(TOKENS.join(', '))}, total_ms_sum, latency_counts
    from usage_rollups where bucket_start >= ${at(firstWhole)} and bucket_start < ${closed} and ${scope}
    union all ${events(sql`occurred_at >= ${at(from.getTime())} and occurred_at < ${at(Math.min(firstWhole, to.getTime()))}`)}
    union all ${events(sql`occurred_at >= ${closed} and occurred_at >= ${at(firstWhole)} and occurred_at < ${at(to.getTime())}`)}
  )`;
}

/** Sums over `usageFacts`, by the names of `UsageSumsRow`. */
export const USAGE_SUMS = sql.raw(
  [
    ...['calls', 'errors', 'total_ms_sum', ...FACTS, ...TOKENS].map(
      (name) => `coalesce(sum(${name}), 0)::text as ${name}`,
    ),
    `array[${HISTOGRAM.map((_, index) => `coalesce(sum(latency_counts[${index + 1}]), 0)`).join(', ')}]::text[] as latency_counts`,
  ].join(', '),
);

export interface UsageSumsRow {
  [name: string]: unknown;
  calls: string;
  errors: string;
  total_ms_sum: string;
  request_bytes: string;
  response_bytes: string;
  input_tokens: string;
  output_tokens: string;
  cached_input_tokens: string;
  cache_write_tokens: string;
  reasoning_tokens: string;
  charge_nanos: string;
  fee_nanos: string;
  promo_nanos: string;
  credit_nanos: string;
  latency_counts: string[];
}

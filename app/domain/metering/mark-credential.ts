import type { MeteringContext } from './metering-context.ts';

/** What a call has shown of a seller's credential. */
export type CredentialMark =
  /**
   * 401 or 403: the second in a row disables it. With `buyer` further refusals of the same buyer's calls do
   * not count: any path of a REST service may refuse a caller, and no buyer alone may disable a credential.
   */
  | { kind: 'refused'; status: number; buyer: string | null }
  /** 429: not to be used before this, by the database clock, for the model or (null) at all. */
  | { kind: 'cooling'; model: string | null; untilMs: number }
  /** It works again. */
  | { kind: 'worked' };

export interface MarkedCredential {
  status: 'active' | 'disabled';
  refusals: number;
  /** This mark has disabled it. */
  disabledNow: boolean;
  /** The database clock. */
  writtenAtMs: number;
}

/** Names that callers make up must not fill a row. */
const MAX_COOLING_MODELS = 100;
/** Refusals in a row after which a credential is not used any more. */
const MAX_REFUSALS = 2;

/** Writes the mark; null when the credential is gone. Every gateway hears of cooling and disabling. */
export async function markCredential(
  { sql }: MeteringContext,
  { id, organizationId, mark }: { id: string; organizationId: string; mark: CredentialMark },
): Promise<MarkedCredential | null> {
  const buyer = mark.kind === 'refused' ? mark.buyer : null;
  const changes =
    mark.kind === 'refused'
      ? sql`refusals = before.refused, refused_for = ${mark.buyer}, last_failure = ${`${mark.status}`},
          last_failure_at = now(),
          status = case when before.refused >= ${MAX_REFUSALS} then 'disabled' else c.status end,
          disabled_reason = case when before.refused >= ${MAX_REFUSALS} and c.status = 'active'
            then 'refused' else c.disabled_reason end`
      : mark.kind === 'cooling'
        ? sql`${coolingOf(sql, mark)}, last_failure = '429', last_failure_at = now()`
        : sql`refusals = 0`;
  const [row] = await sql<MarkedCredential[]>`
    with before as (
      select id, status, refusals + case when refusals > 0 and refused_for = ${buyer} then 0 else 1 end as refused
      from credentials where id = ${id} and organization_id = ${organizationId} for update)
    update credentials c set ${changes} from before where c.id = before.id
    returning c.status, c.refusals, c.status = 'disabled' and before.status = 'active' as "disabledNow",
      (extract(epoch from clock_timestamp()) * 1000)::float8 as "writtenAtMs"`;
  return row ?? null;
}

/** Models that rest no more are forgotten with the next one that does. */
function coolingOf(
  sql: MeteringContext['sql'],
  { model, untilMs }: Extract<CredentialMark, { kind: 'cooling' }>,
) {
  if (model === null)
    return sql`cooling_until = greatest(c.cooling_until, to_timestamp(${untilMs}::float8 / 1000))`;
  return sql`cooling_models = (
    select coalesce(jsonb_object_agg(model, until_ms), '{}') from (
      select model, max(until_ms) as until_ms from (
        select key as model, value::float8 as until_ms from jsonb_each_text(c.cooling_models)
        union all select ${model}::text, ${untilMs}::float8) as known
      where until_ms > extract(epoch from clock_timestamp()) * 1000
      group by model order by max(until_ms) desc limit ${MAX_COOLING_MODELS}) as resting)`;
}

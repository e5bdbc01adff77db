import type { MeteringContext } from './metering-context.ts';

/** What a call has shown of a seller's credential. */
export type CredentialMark =
  /** 401 or 403: the second in a row disables it. */
  | { kind: 'refused'; status: number }
  /** 429: not to be used before this, by the database clock. */
  | { kind: 'cooling'; untilMs: number }
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

/** Refusals in a row after which a credential is not used any more. */
const MAX_REFUSALS = 2;

/** Writes the mark; null when the credential is gone. Every gateway hears of cooling and disabling. */
export async function markCredential(
  { sql }: MeteringContext,
  { id, organizationId, mark }: { id: string; organizationId: string; mark: CredentialMark },
): Promise<MarkedCredential | null> {
  const changes =
    mark.kind === 'refused'
      ? sql`refusals = c.refusals + 1, last_failure = ${`${mark.status}`}, last_failure_at = now(),
          status = case when c.refusals + 1 >= ${MAX_REFUSALS} then 'disabled' else c.status end,
          disabled_reason = case when c.refusals + 1 >= ${MAX_REFUSALS} and c.status = 'active'
            then 'refused' else c.disabled_reason end`
      : mark.kind === 'cooling'
        ? sql`cooling_until = greatest(c.cooling_until, to_timestamp(${mark.untilMs}::float8 / 1000)),
            last_failure = '429', last_failure_at = now()`
        : sql`refusals = 0`;
  const [row] = await sql<MarkedCredential[]>`
    with before as (
      select id, status from credentials where id = ${id} and organization_id = ${organizationId} for update)
    update credentials c set ${changes} from before where c.id = before.id
    returning c.status, c.refusals, c.status = 'disabled' and before.status = 'active' as "disabledNow",
      (extract(epoch from clock_timestamp()) * 1000)::float8 as "writtenAtMs"`;
  return row ?? null;
}

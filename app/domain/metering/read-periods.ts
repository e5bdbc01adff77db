import type { Meter } from '../../../db/schema/index.ts';
import type { Sql } from '../../../db/client.ts';
import type { Positions } from './price-call.ts';

/** How far a subscription's current billing period has come. The buyer's wallet is locked. */
export class Period {
  /** Exact to the microsecond, as the database writes it. */
  readonly start: string;
  readonly positions: { [meter in Meter]?: Required<NonNullable<Positions[meter]>> };

  constructor(start: string) {
    this.start = start;
    this.positions = {};
  }

  at(meter: string): Required<NonNullable<Positions[Meter]>> {
    return (this.positions[meter as Meter] ??= { usedUnits: 0, quotaUnits: 0, heldUnits: 0 });
  }

  hold(meter: string, units: number): void {
    this.at(meter).heldUnits += units;
  }

  use(meter: string, units: number, ofQuota: number): void {
    const position = this.at(meter);
    position.usedUnits += units;
    position.quotaUnits += ofQuota;
  }
}

/** Of subscriptions, by id. Months are counted from the subscription's anchor in the buyer's time zone. */
export async function readPeriods(
  sql: Sql,
  subscriptionIds: readonly string[],
): Promise<Map<string, Period>> {
  const rows = await sql<
    {
      id: string;
      start: string;
      meter: string | null;
      used: number;
      quota: number;
      held: number;
    }[]
  >`
    select s.id, p.start::text as start, c.meter, c.used_units::float8 as used, c.quota_units::float8 as quota,
      c.held_units::float8 as held
    from subscriptions s join organizations o on o.id = s.organization_id
      cross join lateral (select period_start(coalesce(s.period_anchor, s.created_at), o.time_zone, now()) as start) p
      left join subscription_counters c on c.subscription_id = s.id and c.period_start = p.start
    where s.id = any(${[...new Set(subscriptionIds)]}::text[])`;
  const periods = new Map<string, Period>();
  for (const { id, start, meter, used, quota, held } of rows) {
    const period = periods.get(id) ?? new Period(start);
    periods.set(id, period);
    if (meter === null) continue;
    period.use(meter, used, quota);
    period.hold(meter, held);
  }
  return periods;
}

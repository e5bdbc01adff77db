import { isDatabaseUnavailable } from '../../../db/errors.ts';
import type { MeteringContext } from './metering-context.ts';
import {
  addAnswers,
  holdCalls,
  holdParameters,
  planPlainly,
  type HeldRow,
  type HoldAnswer,
  type HoldRequest,
} from './hold-calls.ts';
import {
  addCharges,
  pricePlainly,
  settleCalls,
  settleParameters,
  type Settlement,
  type UsageEventInput,
} from './settle-calls.ts';

export interface SettledAndHeld {
  settlement: Promise<Settlement>;
  answers: Promise<Map<string, HoldAnswer>>;
}

/**
 * `settleCalls` and `holdCalls` of plain holds, in one transaction where that is possible: what calls give back
 * is there for those that begin. Each promise fails for reasons of its own only: when the
 * database refuses the two together for what they are, they go apart.
 */
export function settleAndHold(
  context: MeteringContext,
  events: readonly UsageEventInput[],
  holds: readonly HoldRequest[],
): SettledAndHeld {
  const plain = events.filter((event) => !event.counted);
  // What costs nothing commits without waiting for the disk, and that is no commit for a hold.
  if (!plain.some(({ held }) => held))
    return { settlement: settleCalls(context, events), answers: holdCalls(context, holds) };
  const together = serve(context, plain, holds);
  const orApart = <T>(take: (both: Both) => T, alone: () => Promise<T>): Promise<T> =>
    together.then(take, (error: unknown) => {
      if (isDatabaseUnavailable(error)) throw error;
      return alone();
    });
  const settlement = orApart(
    ({ settlement }) => settlement,
    () => settleCalls(context, plain),
  );
  const counted = events.filter((event) => event.counted);
  return {
    settlement:
      counted.length === 0
        ? settlement
        : Promise.all([settlement, settleCalls(context, counted)]).then(([one, other]) => ({
            recorded: one.recorded + other.recorded,
            charges: new Map([...one.charges, ...other.charges]),
          })),
    answers: orApart(
      ({ answers }) => answers,
      () => holdCalls(context, holds),
    ),
  };
}

interface Both {
  settlement: Settlement;
  answers: Map<string, HoldAnswer>;
}

async function serve(
  { sql }: MeteringContext,
  events: readonly UsageEventInput[],
  holds: readonly HoldRequest[],
): Promise<Both> {
  const priced = events.map(pricePlainly);
  const planned = holds.map(planPlainly);
  const rows = await sql<(HeldRow & { recorded: number | null })[]>`
    select held_request_id as id, refusal, budget_id, granted_nanos::text as granted, recorded
    from settle_and_hold_batch(${settleParameters(sql, priced)}, ${holdParameters(sql, planned)})`;
  const both: Both = { settlement: { recorded: 0, charges: new Map() }, answers: new Map() };
  both.settlement.recorded = rows.find(({ recorded }) => recorded !== null)?.recorded ?? 0;
  addCharges(priced, both.settlement.charges);
  addAnswers(planned, rows, both.answers);
  return both;
}

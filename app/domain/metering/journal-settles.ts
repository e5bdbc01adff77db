import { isDatabaseUnavailable } from '../../../db/errors.ts';
import { textArray } from '../../../db/array-literal.ts';
import type { Sql } from '../../../db/client.ts';
import type { MeteringContext } from './metering-context.ts';
import { pricePlainly, settleCalls, settleParameters, type UsageEventInput } from './settle-calls.ts';
import { shareCalls, type SharedCall } from './share-calls.ts';

/** A row of the journal: finished calls of one buyer. */
export interface JournalledCalls {
  organizationId: string;
  /** Decimal digits. */
  id: string;
  events: readonly UsageEventInput[];
}

/** Which rows: all of these buyers, or those that nobody has settled for so long. */
export type JournalPart = { organizationIds: readonly string[] } | { minAgeSeconds: number };

/** What calls have in common is written once. */
interface WrittenCalls {
  /** With the lines of those that have none of their own. */
  calls: (SharedCall & Pick<UsageEventInput, 'lines'>)[];
  /** `call` counts from one. */
  events: (Omit<UsageEventInput, keyof SharedCall> & { call: number })[];
}

const ROWS_AT_ONCE = 100;

/**
 * Writes plain calls down that have ended. Durable once resolved: whatever becomes of this process,
 * they are settled.
 */
export async function journalSettles(
  { sql }: MeteringContext,
  events: readonly UsageEventInput[],
): Promise<JournalledCalls[]> {
  const rows = [...Map.groupBy(events, (event) => event.organization_id)];
  // JSON has no line breaks of its own.
  const ids = await sql<{ organizationId: string; id: string }[]>`
    insert into settle_journal (organization_id, events)
    select * from unnest(string_to_array(${rows.map(([organizationId]) => organizationId).join('\n')}, chr(10)),
      string_to_array(${rows.map(([, own]) => JSON.stringify(writeCalls(own))).join('\n')}, chr(10)))
    returning organization_id as "organizationId", id::text`;
  const idOf = new Map(ids.map(({ organizationId, id }) => [organizationId, id]));
  return rows.map(([organizationId, own]) => ({
    organizationId,
    id: idOf.get(organizationId)!,
    events: own,
  }));
}

/** Settles journalled calls and deletes their rows. Safe to repeat, also beside another process. */
export async function applyJournalled(
  { sql }: MeteringContext,
  rows: readonly JournalledCalls[],
): Promise<void> {
  const priced = rows.flatMap(({ events }) => events.map(pricePlainly));
  await sql`
    select apply_settle_journal(${textArray(rows, ({ organizationId }) => organizationId)}::text[],
      ${`{${rows.map(({ id }) => id).join(',')}}`}::bigint[], ${settleParameters(sql, priced)})`;
}

/**
 * Settles what others have journalled. Rows of buyers are waited for where somebody is settling them; of
 * old ones only those are taken that nobody has.
 * @param settleApart takes calls that the database refuses together for what they are.
 * @returns how many calls there were.
 */
export async function settleJournalled(
  { sql }: MeteringContext,
  part: JournalPart,
  settleApart: (events: UsageEventInput[]) => Promise<void>,
): Promise<number> {
  let total = 0;
  for (;;) {
    const { rows, calls } = await sql.begin(async (transaction) => {
      // A transaction speaks as a connection does; its type only lacks what opens connections.
      const tx = transaction as unknown as Sql;
      const found = await takeRows(tx, part);
      const events = found.flatMap((row) => readCalls(row.events));
      if (events.length === 0) return { rows: 0, calls: 0 };
      try {
        await transaction.savepoint((inner) => settleCalls({ sql: inner as unknown as Sql }, events));
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error;
        await settleApart(events);
      }
      await tx`
        delete from settle_journal where (organization_id, id) in (
          select * from unnest(${found.map(({ organizationId }) => organizationId)}::text[], ${found.map(({ id }) => id)}::bigint[]))`;
      return { rows: found.length, calls: events.length };
    });
    total += calls;
    if (rows < ROWS_AT_ONCE) return total;
  }
}

async function takeRows(
  tx: Sql,
  part: JournalPart,
): Promise<{ organizationId: string; id: string; events: string }[]> {
  // Ordered by the number, which its text would hide: everybody locks rows in that order.
  const columns = tx`organization_id as "organizationId", id::text, events`;
  if ('organizationIds' in part)
    return tx`
      select ${columns} from settle_journal j where organization_id = any(${part.organizationIds as string[]}::text[])
      order by j.organization_id, j.id limit ${ROWS_AT_ONCE} for update`;
  return tx`
    select ${columns} from settle_journal j where created_at <= now() - make_interval(secs => ${part.minAgeSeconds})
    order by j.organization_id, j.id limit ${ROWS_AT_ONCE} for update skip locked`;
}

function writeCalls(events: readonly UsageEventInput[]): WrittenCalls {
  const { calls, positions } = shareCalls(events);
  // Calls at the same price have the very same lines.
  const sharedLines = calls.map((_, index) => events[positions.indexOf(index + 1)]!.lines ?? null);
  return {
    calls: calls.map((call, index) => ({ ...call, lines: sharedLines[index]! })),
    events: events.map((event, index) => ({
      call: positions[index]!,
      request_id: event.request_id,
      request_bytes: event.request_bytes,
      response_bytes: event.response_bytes,
      input_tokens: event.input_tokens,
      output_tokens: event.output_tokens,
      first_byte_ms: event.first_byte_ms,
      total_ms: event.total_ms,
      charge_nanos: event.charge_nanos,
      details: event.details,
      ...((event.lines ?? null) !== sharedLines[positions[index]! - 1] && { lines: event.lines ?? null }),
    })),
  };
}

function readCalls(written: string): UsageEventInput[] {
  const { calls, events } = JSON.parse(written) as WrittenCalls;
  return events.map(({ call, ...own }) => ({ ...calls[call - 1]!, ...own }));
}

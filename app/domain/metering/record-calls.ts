import { bareArray, textArray } from '../../../db/array-literal.ts';
import type { Sql } from '../../../db/client.ts';
import type { UsageEventInput } from './settle-calls.ts';
import { shareCalls } from './share-calls.ts';

/**
 * Writes the events of calls that hold no money. Safe to repeat: a request id is recorded once. The commit does not
 * wait for the disk.
 * @returns how many were recorded now.
 */
export async function recordCalls(sql: Sql, events: readonly UsageEventInput[]): Promise<number> {
  const { calls, positions } = shareCalls(events);
  const details = new Map<string, number>();
  const detailOf = events.map((event) => (event.details ? positionIn(details, event.details) : null));
  const [row] = await sql<{ recorded: number }[]>`
    select record_batch(
      ${JSON.stringify(calls)}::text::jsonb, ${bareArray(positions, (position) => position)}::integer[],
      ${textArray(events, (event) => event.request_id)}::text[],
      ${bareArray(events, (event) => event.request_bytes)}::bigint[],
      ${bareArray(events, (event) => event.response_bytes)}::bigint[],
      ${bareArray(events, (event) => event.input_tokens)}::bigint[],
      ${bareArray(events, (event) => event.output_tokens)}::bigint[],
      ${bareArray(events, (event) => event.first_byte_ms)}::integer[],
      ${bareArray(events, (event) => event.total_ms)}::integer[],
      ${textArray([...details.keys()], (detail) => detail)}::text[],
      ${bareArray(detailOf, (detail) => detail)}::integer[]) as recorded`;
  return row!.recorded;
}

/** From one. Calls for one model at one address often have the same details. */
function positionIn(known: Map<string, number>, details: object): number {
  const text = JSON.stringify(details);
  const position = known.get(text) ?? known.size + 1;
  known.set(text, position);
  return position;
}

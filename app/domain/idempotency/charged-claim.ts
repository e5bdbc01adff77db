import { sql } from 'drizzle-orm';

/**
 * True for a claim whose call was settled at a price although no answer was kept: its process died in
 * between. Making the call again would be a second bill.
 */
// Columns are spelt out: in a selection Drizzle names them without their tables.
export const wasCharged = sql<boolean>`(idempotent_answers.state = 'running' and exists (
  select 1 from usage_events where usage_events.organization_id = idempotent_answers.organization_id
    and usage_events.request_id = idempotent_answers.request_id and usage_events.charge_nanos > 0))`;

/** True for what may be forgotten: its time is over, and of charged claims the 24 hours of an answer. */
export const isOver = sql<boolean>`(idempotent_answers.expires_at <= now()
  and (idempotent_answers.created_at <= now() - interval '24 hours' or not ${wasCharged}))`;

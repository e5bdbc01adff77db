import { sql } from 'drizzle-orm';

// Columns are spelt out: in a selection Drizzle names them without their tables.

/** The event that charges the rest of a call taken for dead, as `correct_swept_call` names it. */
const correctionId = sql`substr(idempotent_answers.request_id, 1, length(idempotent_answers.request_id) - 1)
  || translate(right(idempotent_answers.request_id, 1), '0123456789abcdefghjkmnpqrstvwxyz',
    '123456789abcdefghjkmnpqrstvwxyz0')`;

/**
 * True for a claim whose call was settled at a price, or with units of a quota, although no answer was kept:
 * its process died in between. Making the call again would be a second bill.
 */
export const wasCharged = sql<boolean>`(idempotent_answers.state = 'running' and exists (
  select 1 from usage_events where usage_events.organization_id = idempotent_answers.organization_id
    and usage_events.request_id in (idempotent_answers.request_id, ${correctionId})
    and (usage_events.charge_nanos > 0 or usage_events.lines is not null)))`;

/** True while what the call costs is not written: it may have ended, and lie in its process's spool. */
const isUnsettled = sql<boolean>`(idempotent_answers.state = 'running' and exists (
  select 1 from holds where holds.organization_id = idempotent_answers.organization_id
    and holds.request_id = idempotent_answers.request_id))`;

/** True for what may be forgotten: its time is over, and of charged claims the 24 hours of an answer. */
export const isOver = sql<boolean>`(idempotent_answers.expires_at <= now() and not ${isUnsettled}
  and (idempotent_answers.created_at <= now() - interval '24 hours' or not ${wasCharged}))`;

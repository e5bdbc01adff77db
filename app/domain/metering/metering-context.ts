import type { Sql } from '../../../db/client.ts';

/**
 * What the metering verbs need. They are called by the gateway alone, for many calls at once, so they
 * take postgres.js itself: its statements stay prepared.
 */
export interface MeteringContext {
  sql: Sql;
}

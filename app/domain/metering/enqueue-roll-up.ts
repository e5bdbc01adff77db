import type { Db } from '../../../db/client.ts';
import { enqueue } from '../../../worker/jobs.ts';

/** Asks for a roll-up soon; any number of requests before it starts are one. */
export function enqueueRollUp({ db }: { db: Db }): Promise<void> {
  return enqueue(db, 'roll_up_usage', {}, { jobKey: 'roll_up_usage', preserveRunAt: true });
}

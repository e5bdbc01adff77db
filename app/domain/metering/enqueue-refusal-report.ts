import type { Db } from '../../../db/client.ts';
import { enqueue } from '../../../worker/jobs.ts';

/** Asks a worker to tell the seller that a credential was disabled because its upstream refuses it. */
export function enqueueRefusalReport({ db }: { db: Db }, credentialId: string): Promise<void> {
  return enqueue(db, 'report_refused_credential', { credentialId }, { jobKey: `refused:${credentialId}` });
}

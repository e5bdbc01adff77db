import type { Db } from '../../../db/client.ts';
import { enqueue } from '../../../worker/jobs.ts';

/** Asks a worker for a new token of a credential whose token an upstream has refused. */
export async function enqueueOauthRefresh({ db }: { db: Db }, credentialId: string): Promise<void> {
  await enqueue(db, 'refresh_oauth_grants', { credentialId }, { jobKey: `refresh_oauth:${credentialId}` });
}

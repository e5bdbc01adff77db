import type { Subscription } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import type { Context } from '../context.ts';

export const SUBSCRIBER_NOTICES = ['trial_ending', 'past_due', 'recovered', 'ended'] as const;
export type SubscriberNotice = (typeof SUBSCRIBER_NOTICES)[number];

/**
 * Asks a job to write to the buyer, in the transaction of what happened: told exactly when it did.
 * @param occasion tells this time from the next; the same is told once while it waits.
 */
export async function tellSubscriber(
  tx: Context,
  { id }: Pick<Subscription, 'id'>,
  notice: SubscriberNotice,
  occasion: string,
): Promise<void> {
  await enqueue(
    tx.db,
    'tell_subscriber',
    { subscriptionId: id, notice },
    { jobKey: `tell:${id}:${notice}:${occasion}` },
  );
}

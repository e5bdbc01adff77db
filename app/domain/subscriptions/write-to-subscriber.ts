import { parseInput } from '../../lib/parse-input.ts';
import { requireSystem, type Context } from '../context.ts';
import { mailMembers } from '../mails/index.ts';
import { getSubscription } from './get-subscription.ts';
import { subscriptionIdSchema } from './schemas.ts';
import type { SubscriptionView } from './subscription-view.ts';

export interface WriteToSubscriberInput {
  subscriptionId: string;
  /** The mail, in the recipient's language; null: there is nothing to tell any more. */
  write: (
    locale: string,
    subscription: SubscriptionView,
    url: string,
  ) => { subject: string; text: string } | null;
}

/** Writes to those who run or pay for the buyer's organization. */
export async function writeToSubscriber(ctx: Context, input: WriteToSubscriberInput): Promise<void> {
  requireSystem(ctx);
  const { subscriptionId } = parseInput(subscriptionIdSchema, { subscriptionId: input.subscriptionId });
  const subscription = await getSubscription(ctx, { subscriptionId });
  const url = `${ctx.publicUrl}/buyer/subscriptions/${subscriptionId}`;
  if (input.write('en', subscription, url) === null) return;
  await mailMembers(ctx, {
    organizationId: subscription.organizationId,
    roles: ['owner', 'admin', 'billing'],
    write: (locale) => input.write(locale, subscription, url)!,
  });
}

import type { Checkout } from '../../../db/schema/index.ts';
import type { FulfilSubscription } from '../payments/index.ts';
import { activateSubscription } from './activate-subscription.ts';
import { bookInvoice } from './book-invoice.ts';
import { activationOf, findPaidPrice, readRemote } from './remote-subscription.ts';

/** What a paid checkout of a plan means: the plan works, and its fee is the seller's. */
export const fulfilCheckout: FulfilSubscription = async (tx, checkout, { subscription: remote, invoice }) => {
  const read = readRemote(remote);
  if (!checkout.subscriptionId || !read) throw new Error(`checkout ${checkout.id} paid for no subscription`);
  const price = await findPaidPrice(tx, read);
  const { subscription, outcome } = await activateSubscription(tx, {
    subscriptionId: checkout.subscriptionId,
    ...activationOf(read, price),
  });
  if (outcome === 'superseded') return 'superseded';
  await bookInvoice(tx, subscription, invoice, paidBy(checkout));
  return 'fulfilled';
};

function paidBy(checkout: Checkout): { reference: string; stripePaymentIntentId: string | null } {
  return { reference: checkout.id, stripePaymentIntentId: checkout.stripePaymentIntentId };
}

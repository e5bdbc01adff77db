/** JSON of the wallet endpoints: snake_case, money as decimal strings. */
import type { Checkout } from '../../db/schema/index.ts';
import type { WalletBalance } from '../domain/wallets/index.ts';
import { toDecimal } from '../lib/money.ts';

export function walletAnswer(wallet: WalletBalance) {
  return {
    available: toDecimal(wallet.availableNanos),
    held: toDecimal(wallet.heldNanos),
    currency: wallet.currency,
  };
}

type AnsweredCheckout = Pick<
  Checkout,
  'id' | 'kind' | 'status' | 'amountNanos' | 'currency' | 'subscriptionId' | 'createdAt' | 'paidAt'
>;

/** @param url where to pay; known only to the answer that started the checkout. */
export function checkoutAnswer(checkout: AnsweredCheckout, url: string | null = null) {
  return {
    id: checkout.id,
    kind: checkout.kind,
    status: checkout.status,
    url,
    amount: toDecimal(checkout.amountNanos),
    currency: checkout.currency,
    subscription_id: checkout.subscriptionId,
    created_at: checkout.createdAt,
    paid_at: checkout.paidAt,
  };
}

const WIRE_NAMES: Record<string, string> = { amountNanos: 'amount', idempotencyKey: 'idempotency_key' };

/** How callers of the API write a field of the domain. */
export const walletApiField = (field: string): string => WIRE_NAMES[field] ?? field;

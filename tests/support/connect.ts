/** As much of Stripe Connect as payouts need, with its refusals on demand. */
import type Stripe from 'stripe';
import { sellerAccounts } from '../../db/schema/index.ts';
import type { Payments } from '../../app/infra/stripe/payments.ts';
import { newId } from '../../app/lib/ids.ts';
import type { TestPlatform } from './platform.ts';

interface Refusal {
  type: string;
  code: string;
}

export interface FakeConnect {
  payments: Payments;
  /** What the next calls of a kind end in; empty: they succeed. */
  refuse: Partial<Record<'transfer' | 'payout' | 'reversal', Refusal>>;
  /** Where payouts to banks stand. */
  payoutStatus: 'in_transit' | 'paid' | 'failed';
  transfers: Map<
    string,
    { id: string; amount: number; amount_reversed: number; transfer_group: string | null }
  >;
  payouts: Map<string, { id: string; amount: number }>;
  /** What was asked for: kind and idempotency key. */
  calls: string[];
}

export const UNAVAILABLE: Refusal = { type: 'StripeConnectionError', code: 'connection' };
export const INSUFFICIENT: Refusal = { type: 'StripeInvalidRequestError', code: 'balance_insufficient' };

function refused({ type, code }: Refusal): Error {
  return Object.assign(new Error(code), { type, code });
}

export function createFakeConnect(platform: TestPlatform): FakeConnect {
  const answers = new Map<string, unknown>();
  let made = 0;
  const fake: FakeConnect = {
    payments: platform.payments,
    refuse: {},
    payoutStatus: 'paid',
    transfers: new Map(),
    payouts: new Map(),
    calls: [],
  };
  /** The same idempotency key gets the same answer. */
  const once = async <T>(kind: keyof FakeConnect['refuse'], key: string, make: () => T): Promise<T> => {
    fake.calls.push(`${kind} ${key}`);
    const refusal = fake.refuse[kind];
    if (refusal) throw refused(refusal);
    if (!answers.has(key)) answers.set(key, make());
    return Promise.resolve(answers.get(key) as T);
  };
  const missing = (): Error => refused({ type: 'StripeInvalidRequestError', code: 'resource_missing' });
  const stripe = {
    transfers: {
      create: (
        params: { amount: number; transfer_group: string },
        { idempotencyKey }: { idempotencyKey: string },
      ) =>
        once('transfer', idempotencyKey, () => {
          const transfer = { id: `tr_${++made}`, amount_reversed: 0, ...params };
          fake.transfers.set(transfer.id, transfer);
          return transfer;
        }),
      list: ({ transfer_group }: { transfer_group: string }) =>
        Promise.resolve({
          data: [...fake.transfers.values()].filter((transfer) => transfer.transfer_group === transfer_group),
        }),
      retrieve: (id: string) => {
        const transfer = fake.transfers.get(id);
        return transfer ? Promise.resolve({ ...transfer }) : Promise.reject(missing());
      },
      createReversal: (
        id: string,
        params: { amount?: number },
        { idempotencyKey }: { idempotencyKey: string },
      ) =>
        once('reversal', idempotencyKey, () => {
          const transfer = fake.transfers.get(id)!;
          transfer.amount_reversed += params.amount ?? transfer.amount - transfer.amount_reversed;
          return { id: `trr_${++made}` };
        }),
      listReversals: () => Promise.resolve({ data: [] }),
    },
    payouts: {
      create: (params: { amount: number }, { idempotencyKey }: { idempotencyKey: string }) =>
        once('payout', idempotencyKey, () => {
          const payout = { id: `po_${++made}`, ...params };
          fake.payouts.set(payout.id, payout);
          return payout;
        }),
      retrieve: (id: string) =>
        Promise.resolve({
          id,
          status: fake.payoutStatus,
          failure_code: fake.payoutStatus === 'failed' ? 'account_closed' : null,
        }),
      list: () => Promise.resolve({ data: [] }),
    },
  };
  fake.payments = { ...platform.payments, stripe: stripe as unknown as Stripe };
  return fake;
}

/** A seller whose account at Stripe can be paid. */
export async function openPayoutAccount(platform: TestPlatform, organizationId: string): Promise<void> {
  await platform.db.insert(sellerAccounts).values({
    organizationId,
    stripeAccountId: `acct_${newId('payout').slice(4)}`,
    country: 'US',
    detailsSubmitted: true,
    payoutsEnabled: true,
  });
}

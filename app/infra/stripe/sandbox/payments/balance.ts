/** Balance transactions: what every movement did to the platform's or a connected account's balance. */
import { newBase, type SandboxCore } from '../core.ts';
import type { BalanceTransaction } from '../objects.ts';

const DAY = 86_400;
/** Stripe's price for a US card: 2.9 % and 30 cents. */
const feeOfCharge = (amount: number): number => Math.round(amount * 0.029) + 30;
export const DISPUTE_FEE = 1_500;
const DAYS_UNTIL_AVAILABLE = 2;

interface Movement {
  type: BalanceTransaction['type'];
  /** Signed. */
  amount: number;
  currency: string;
  source: string;
  account: string | null;
  fee?: number;
  availableAt?: number;
  category?: string;
}

export async function moveBalance(core: SandboxCore, movement: Movement): Promise<BalanceTransaction> {
  const { type, amount, currency, source, account, fee = 0, availableAt = core.now() } = movement;
  const { livemode: _livemode, ...base } = newBase(core, 'txn', 'balance_transaction');
  return core.state.put<BalanceTransaction>({
    ...base,
    amount,
    available_on: availableAt,
    balance_type: 'payments',
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency, description: 'Stripe fee', type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: movement.category ?? type,
    source,
    status: availableAt > core.now() ? 'pending' : 'available',
    type,
    sandbox: { account },
  });
}

export function creditCharge(
  core: SandboxCore,
  charge: { id: string; amount: number; currency: string },
  isAvailableAtOnce: boolean,
): Promise<BalanceTransaction> {
  return moveBalance(core, {
    type: 'charge',
    amount: charge.amount,
    currency: charge.currency,
    source: charge.id,
    account: null,
    fee: feeOfCharge(charge.amount),
    availableAt: core.now() + (isAvailableAtOnce ? 0 : DAYS_UNTIL_AVAILABLE * DAY),
  });
}

/** What may be spent now; whoever spends it holds the lock until the transaction ends. */
export async function availableBalance(
  core: SandboxCore,
  account: string | null,
  currency: string,
): Promise<number> {
  await core.state.waitForLock(`balance:${account ?? 'platform'}`);
  const { available } = await core.state.sumBalance(account, currency, core.now());
  return available;
}

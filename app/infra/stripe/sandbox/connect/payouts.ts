/** Payouts: a balance goes to its bank account, and sometimes comes back. */
import { emitEvent, newBase, type SandboxCore } from '../core.ts';
import type { Account, Payout } from '../objects.ts';
import { moveBalance } from '../payments/balance.ts';
import { BANK_ACCOUNTS, bankOf } from './accounts.ts';

const DAY = 86_400;
const DAYS_TO_ARRIVE = 2;

const FAILURES: Record<string, string> = {
  no_account:
    'Your bank account details on file are probably incorrect. No bank account could be located with those details.',
  account_closed: 'The bank account has been closed.',
  insufficient_funds: 'Your Stripe account has insufficient funds to cover the payout.',
  debit_not_authorized: 'Debit transactions are not approved on your bank account.',
  invalid_currency: 'The bank was unable to process this payout because of its currency.',
};

interface NewPayout {
  account: string | null;
  amount: number;
  currency: string;
  automatic: boolean;
  destination: string | null;
  description?: string | null;
  metadata?: Record<string, string>;
  statementDescriptor?: string | null;
}

export async function createPayout(core: SandboxCore, fields: NewPayout): Promise<Payout> {
  const base = newBase(core, 'po', 'payout');
  const arrival = core.now() + DAYS_TO_ARRIVE * DAY;
  const transaction = await moveBalance(core, {
    type: 'payout',
    amount: -fields.amount,
    currency: fields.currency,
    source: base.id,
    account: fields.account,
  });
  const payout = await core.state.put<Payout>({
    ...base,
    amount: fields.amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: arrival,
    automatic: fields.automatic,
    balance_transaction: transaction.id,
    currency: fields.currency,
    description: fields.description ?? (fields.automatic ? 'STRIPE PAYOUT' : null),
    destination: fields.destination,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    metadata: fields.metadata ?? {},
    method: 'standard',
    original_payout: null,
    payout_method: null,
    reconciliation_status: fields.automatic ? 'in_progress' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: fields.statementDescriptor ?? null,
    status: 'in_transit',
    trace_id: null,
    type: 'bank_account',
    sandbox: { dueAt: arrival, clock: null, account: fields.account },
  });
  await emitEvent(core, 'payout.created', payout, { account: fields.account });
  return payout;
}

/** The bank has it, or sends it back. */
export async function settlePayout(core: SandboxCore, payout: Payout): Promise<void> {
  const { account: accountId } = payout.sandbox;
  const account = accountId ? await core.state.find<Account>('account', accountId) : null;
  const bank = account ? bankOf(account) : null;
  const failure = bank ? BANK_ACCOUNTS[bank.number] : null;
  const settled: Payout = { ...payout, sandbox: { ...payout.sandbox, dueAt: null } };
  if (failure === null) {
    const paid = await core.state.put<Payout>({ ...settled, status: 'paid' });
    await emitEvent(core, 'payout.paid', paid, { account: accountId });
    return;
  }
  const back = await moveBalance(core, {
    type: 'payout_failure',
    amount: payout.amount,
    currency: payout.currency,
    source: payout.id,
    account: accountId,
  });
  const failed = await core.state.put<Payout>({
    ...settled,
    failure_balance_transaction: back.id,
    failure_code: failure,
    failure_message: FAILURES[failure] ?? null,
    status: 'failed',
  });
  await emitEvent(core, 'payout.failed', failed, { account: accountId });
}

/** An account with a schedule pays out once a day what it has. */
export async function runAccount(core: SandboxCore, account: Account): Promise<void> {
  const next: Account = { ...account, sandbox: { ...account.sandbox, dueAt: null } };
  await core.state.put(next);
  const currency = account.default_currency ?? 'usd';
  const { available } = await core.state.sumBalance(account.id, currency, core.now());
  if (!account.payouts_enabled || available <= 0 || isManual(account)) return;
  await createPayout(core, {
    account: account.id,
    amount: available,
    currency,
    automatic: true,
    destination: bankOf(account)?.id ?? null,
  });
}

export const isManual = (account: Account): boolean =>
  (account.settings?.payouts?.schedule.interval ?? 'daily') === 'manual';

/** Money has come in: the account's next payout is tomorrow. */
export async function schedulePayout(core: SandboxCore, account: Account): Promise<void> {
  if (isManual(account) || account.sandbox.dueAt !== null) return;
  await core.state.put<Account>({ ...account, sandbox: { ...account.sandbox, dueAt: core.now() + DAY } });
}

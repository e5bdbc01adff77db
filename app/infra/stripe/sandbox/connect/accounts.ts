/** Connected accounts: what Stripe wants to know of a seller, and what the seller may do meanwhile. */
import { emitEvent, type SandboxCore } from '../core.ts';
import { newStripeId, type Account } from '../objects.ts';

/** What the hosted form asks for. */
export const REQUIREMENTS = [
  'business_type',
  'individual.first_name',
  'individual.last_name',
  'individual.dob.day',
  'individual.address.line1',
  'external_account',
  'tos_acceptance.date',
] as const;
/** Asked for later by the switch on the account's page. */
export const LATER_REQUIREMENT = 'individual.verification.document';

/** Stripe's test accounts (https://docs.stripe.com/connect/testing#account-numbers): how payouts to them end. */
export const BANK_ACCOUNTS = {
  '000123456789': null,
  '000111111116': 'no_account',
  '000111111113': 'account_closed',
  '000222222227': 'insufficient_funds',
  '000333333335': 'debit_not_authorized',
  '000444444440': 'invalid_currency',
} as const;
export type BankNumber = keyof typeof BANK_ACCOUNTS;

export interface Bank {
  id: string;
  last4: string;
  number: BankNumber;
}

export function bankOf(account: Account): Bank | null {
  const bank = account.external_accounts?.data[0];
  if (!bank) return null;
  const number = (Object.keys(BANK_ACCOUNTS) as BankNumber[]).find((one) => one.endsWith(bank.last4 ?? ''));
  return { id: bank.id, last4: bank.last4 ?? '', number: number ?? '000123456789' };
}

export function buildBank(account: string, number: BankNumber, currency: string, country: string) {
  return {
    id: newStripeId('ba'),
    object: 'bank_account' as const,
    account,
    account_holder_name: null,
    account_holder_type: null,
    account_type: null,
    available_payout_methods: ['standard' as const],
    bank_name: 'STRIPE TEST BANK',
    country,
    currency,
    default_for_currency: true,
    fingerprint: `fp${number}`,
    future_requirements: null,
    last4: number.slice(-4),
    metadata: {},
    requirements: null,
    routing_number: '110000000',
    status: 'new',
  };
}

/** Capabilities, switches and requirements as they follow from what has been answered. */
export function withStatus(account: Account): Account {
  const isBankMissing = bankOf(account) === null;
  const missing: string[] = account.details_submitted
    ? isBankMissing
      ? ['external_account']
      : []
    : REQUIREMENTS.filter((name) => name !== 'external_account' || isBankMissing);
  if (account.sandbox.areRequirementsDue) missing.push(LATER_REQUIREMENT);
  const isFine = account.details_submitted && missing.length === 0;
  const state = isFine ? ('active' as const) : ('inactive' as const);
  const capabilities = Object.fromEntries(
    // Transfers go on while a document is asked for; payouts wait.
    Object.keys(account.capabilities ?? {}).map((name) => [
      name,
      name === 'transfers' && account.details_submitted && !isBankMissing ? 'active' : state,
    ]),
  );
  return {
    ...account,
    capabilities,
    charges_enabled: isFine && 'card_payments' in capabilities,
    payouts_enabled: isFine,
    requirements: {
      alternatives: [],
      current_deadline: null,
      currently_due: missing,
      disabled_reason: isFine ? null : 'requirements.past_due',
      errors: [],
      eventually_due: missing,
      past_due: missing,
      pending_verification: [],
    },
  };
}

export async function putAccount(core: SandboxCore, account: Account): Promise<Account> {
  const updated = await core.state.put<Account>(withStatus(account));
  await emitEvent(core, 'account.updated', updated, { account: updated.id });
  return updated;
}

/** The hosted form was sent. */
export async function submitOnboarding(core: SandboxCore, id: string, number: BankNumber): Promise<Account> {
  const account = await core.state.lock<Account>('account', id);
  const bank = buildBank(id, number, account.default_currency ?? 'usd', account.country ?? 'US');
  return putAccount(core, {
    ...account,
    business_type: account.business_type ?? 'individual',
    details_submitted: true,
    tos_acceptance: { date: core.now() },
    external_accounts: {
      object: 'list',
      data: [bank],
      has_more: false,
      url: `/v1/accounts/${id}/external_accounts`,
    } as unknown as Account['external_accounts'],
  });
}

/** The switch on the account's page: Stripe wants a document and stops payouts until it has it. */
export async function setRequirementsDue(core: SandboxCore, id: string, areDue: boolean): Promise<Account> {
  const account = await core.state.lock<Account>('account', id);
  return putAccount(core, { ...account, sandbox: { ...account.sandbox, areRequirementsDue: areDue } });
}

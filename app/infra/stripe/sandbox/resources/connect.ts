/** Accounts, account links, transfers and payouts. */
import {
  emitEvent,
  mergeMetadata,
  newBase,
  pageUrl,
  withoutPrivateParts,
  type SandboxCore,
} from '../core.ts';
import {
  bankOf,
  BANK_ACCOUNTS,
  buildBank,
  putAccount,
  withStatus,
  type BankNumber,
} from '../connect/accounts.ts';
import { createPayout, schedulePayout } from '../connect/payouts.ts';
import { endpoint, listEndpoint, listObjects, retrieveEndpoint } from '../endpoint.ts';
import {
  newStripeId,
  type Account,
  type AccountLink,
  type Charge,
  type Payout,
  type Transfer,
  type TransferReversal,
} from '../objects.ts';
import { availableBalance, moveBalance } from '../payments/balance.ts';
import type { StripeRequests } from '../request-types.ts';
import { invalidRequest, resourceMissing, SandboxError } from '../sandbox-error.ts';

type Settings = StripeRequests['POST /v1/accounts']['settings'];
type Capabilities = StripeRequests['POST /v1/accounts']['capabilities'];

const LINK_LIFETIME_SECONDS = 300;

function controllerOf(type: string | undefined, params: StripeRequests['POST /v1/accounts']['controller']) {
  const dashboard =
    params?.stripe_dashboard?.type ?? (type === 'custom' ? 'none' : type === 'express' ? 'express' : 'full');
  const payer =
    params?.fees?.payer ?? (type === 'express' || type === 'custom' ? 'application_express' : 'account');
  return {
    fees: { payer },
    is_controller: true,
    losses: { payments: params?.losses?.payments ?? (dashboard === 'full' ? 'stripe' : 'application') },
    requirement_collection: params?.requirement_collection ?? 'stripe',
    stripe_dashboard: { type: dashboard },
    type: 'application',
  } as Account['controller'];
}

function requested(
  before: Account['capabilities'],
  change: Capabilities,
): NonNullable<Account['capabilities']> {
  const names = Object.entries(change ?? {}).filter(([, value]) => value?.requested);
  return { ...before, ...Object.fromEntries(names.map(([name]) => [name, 'inactive'])) };
}

function settingsOf(before: Account['settings'], change: Settings): Account['settings'] {
  const schedule = change?.payouts?.schedule;
  const base = before ?? {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: {
      statement_descriptor_prefix: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: null, timezone: 'Etc/UTC' },
    payments: {
      statement_descriptor: null,
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
    },
    payouts: {
      debit_negative_balances: true,
      schedule: { delay_days: 2, interval: 'daily' },
      statement_descriptor: null,
    },
  };
  if (!base.payouts) return base as Account['settings'];
  const { delay_days, ...rest } = schedule ?? {};
  return {
    ...base,
    payouts: {
      ...base.payouts,
      schedule: { ...base.payouts.schedule, ...rest, ...(typeof delay_days === 'number' && { delay_days }) },
    },
  } as Account['settings'];
}

/** The account number of an external account, where the test numbers are told apart. */
function bankNumber(external: unknown): BankNumber | null {
  if (!external) return null;
  const number =
    typeof external === 'string' ? '000123456789' : (external as { account_number?: string }).account_number;
  const known = (Object.keys(BANK_ACCOUNTS) as BankNumber[]).find((one) => one === number);
  if (!known)
    throw invalidRequest(
      'You must use a test bank account number in test mode.',
      'external_account',
      'account_number_invalid',
    );
  return known;
}

const createAccount = endpoint('POST /v1/accounts', async (core, params) => {
  if (params.type && params.controller)
    throw invalidRequest('You may not provide both type and controller.', 'type');
  const id = newStripeId('acct').replace(/^acct_(.{16}).*$/, 'acct_$1');
  const country = params.country ?? 'US';
  const currency = params.default_currency ?? 'usd';
  const number = bankNumber(params.external_account);
  const bank = number && buildBank(id, number, currency, country);
  const dashboard = params.controller?.stripe_dashboard?.type;
  const account = await core.state.put<Account>(
    withStatus({
      id,
      object: 'account',
      business_profile: {
        mcc: null,
        minority_owned_business_designation: null,
        name: null,
        product_description: null,
        specified_commercial_transactions_act_url: null,
        support_address: null,
        support_email: null,
        support_phone: null,
        support_url: null,
        url: null,
        ...(params.business_profile as object),
      } as Account['business_profile'],
      business_type: params.business_type ?? null,
      capabilities: requested({}, params.capabilities),
      charges_enabled: false,
      controller: controllerOf(params.type, params.controller),
      country,
      created: core.now(),
      default_currency: currency,
      details_submitted: false,
      email: params.email ?? null,
      external_accounts: {
        object: 'list',
        data: bank ? [bank] : [],
        has_more: false,
        url: `/v1/accounts/${id}/external_accounts`,
      } as unknown as Account['external_accounts'],
      metadata: mergeMetadata({}, params.metadata),
      payouts_enabled: false,
      settings: settingsOf(null, params.settings),
      tos_acceptance: { date: null, ip: null },
      type: params.type ?? (dashboard === 'express' ? 'express' : dashboard === 'none' ? 'none' : 'standard'),
      sandbox: { dueAt: null, clock: null, areRequirementsDue: false },
    } as Account),
  );
  return account;
});

const updateAccount = endpoint('POST /v1/accounts/:id', async (core, params, { id }) => {
  const account = await core.state.lock<Account>('account', id);
  const number = bankNumber(params.external_account);
  const bank = number && buildBank(id, number, account.default_currency ?? 'usd', account.country ?? 'US');
  return putAccount(core, {
    ...account,
    business_profile: {
      ...account.business_profile,
      ...(params.business_profile as object),
    } as Account['business_profile'],
    business_type: params.business_type ?? account.business_type,
    capabilities: requested(account.capabilities, params.capabilities),
    email: params.email ?? account.email,
    metadata: mergeMetadata(account.metadata ?? {}, params.metadata),
    settings: settingsOf(account.settings, params.settings as Settings),
    ...(bank && {
      external_accounts: {
        ...account.external_accounts,
        data: [bank],
      } as unknown as Account['external_accounts'],
    }),
  });
});

const createAccountLink = endpoint('POST /v1/account_links', async (core, params) => {
  await core.state.get<Account>('account', params.account);
  if (!params.return_url)
    throw invalidRequest('Missing required param: return_url.', 'return_url', 'parameter_missing');
  if (!params.refresh_url)
    throw invalidRequest('Missing required param: refresh_url.', 'refresh_url', 'parameter_missing');
  const id = newStripeId('alnk');
  const link = await core.state.put<AccountLink>({
    id,
    object: 'account_link',
    created: core.now(),
    expires_at: core.now() + LINK_LIFETIME_SECONDS,
    url: pageUrl(core, `onboarding/${id}`),
    sandbox: { account: params.account, returnUrl: params.return_url, refreshUrl: params.refresh_url },
  });
  const { id: _id, ...shown } = withoutPrivateParts(link);
  return shown;
});

const insufficient = (message: string) =>
  new SandboxError(400, { type: 'invalid_request_error', code: 'balance_insufficient', message });

const createTransfer = endpoint('POST /v1/transfers', async (core, params) => {
  const destination = await core.state.find<Account>('account', params.destination);
  if (!destination) throw resourceMissing('destination', params.destination, 'destination');
  if (destination.capabilities?.transfers !== 'active') {
    throw invalidRequest(
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments',
      'destination',
      'insufficient_capabilities_for_transfer',
    );
  }
  const source = params.source_transaction
    ? await core.state.get<Charge>('charge', params.source_transaction)
    : null;
  const amount = params.amount ?? source?.amount;
  if (amount === undefined)
    throw invalidRequest('Missing required param: amount.', 'amount', 'parameter_missing');
  if (amount < 1) throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  if (source && amount > source.amount - source.amount_refunded)
    throw insufficient('The transfer is greater than what is left of its source_transaction.');
  if (!source && (await availableBalance(core, null, params.currency)) < amount) {
    throw insufficient(
      'You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance',
    );
  }
  const base = newBase(core, 'tr', 'transfer');
  const move = { currency: params.currency, source: base.id };
  const out = await moveBalance(core, { ...move, type: 'transfer', amount: -amount, account: null });
  await moveBalance(core, { ...move, type: 'payment', amount, account: destination.id });
  const transfer = await core.state.put<Transfer>({
    ...base,
    amount,
    amount_reversed: 0,
    balance_transaction: out.id,
    currency: params.currency,
    description: params.description ?? null,
    destination: destination.id,
    destination_payment: newStripeId('py'),
    metadata: mergeMetadata({}, params.metadata),
    reversals: {
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/transfers/${base.id}/reversals`,
    } as unknown as Transfer['reversals'],
    reversed: false,
    source_transaction: source?.id ?? null,
    source_type: 'card',
    transfer_group: params.transfer_group ?? source?.transfer_group ?? null,
  });
  await schedulePayout(core, destination);
  await emitEvent(core, 'transfer.created', transfer);
  return transfer;
});

const createReversal = endpoint('POST /v1/transfers/:id/reversals', async (core, params, { id }) => {
  const transfer = await core.state.lock<Transfer>('transfer', id);
  const left = transfer.amount - transfer.amount_reversed;
  const amount = params.amount ?? left;
  if (amount < 1 || amount > left)
    throw invalidRequest(
      `Reversal amount (${amount}) is greater than unreversed amount on transfer (${left})`,
      'amount',
    );
  const account = String(transfer.destination);
  if ((await availableBalance(core, account, transfer.currency)) < amount)
    throw insufficient('The connected account has insufficient funds to reverse this transfer.');
  const { livemode: _livemode, ...base } = newBase(core, 'trr', 'transfer_reversal');
  const move = { currency: transfer.currency, source: base.id };
  const back = await moveBalance(core, { ...move, type: 'transfer_refund', amount, account: null });
  await moveBalance(core, { ...move, type: 'payment_refund', amount: -amount, account });
  const reversal = await core.state.put<TransferReversal>({
    ...base,
    amount,
    balance_transaction: back.id,
    currency: transfer.currency,
    destination_payment_refund: newStripeId('pyr'),
    metadata: mergeMetadata({}, params.metadata),
    source_refund: null,
    transfer: id,
  });
  const amount_reversed = transfer.amount_reversed + amount;
  const updated = await core.state.put<Transfer>({
    ...transfer,
    amount_reversed,
    reversed: amount_reversed === transfer.amount,
    reversals: {
      ...transfer.reversals,
      data: [reversal, ...transfer.reversals.data],
    } as unknown as Transfer['reversals'],
  });
  await emitEvent(core, 'transfer.reversed', updated);
  return reversal;
});

const createPayoutEndpoint = endpoint('POST /v1/payouts', async (core, params) => {
  const account = core.account ? await core.state.get<Account>('account', core.account) : null;
  if (account && !account.payouts_enabled)
    throw invalidRequest(
      'Cannot create payouts: this account has requirements that need to be collected.',
      undefined,
      'payouts_not_allowed',
    );
  if (params.amount < 1)
    throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  if ((await availableBalance(core, core.account, params.currency)) < params.amount) {
    throw insufficient(
      'You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.',
    );
  }
  return createPayout(core, {
    account: core.account,
    amount: params.amount,
    currency: params.currency,
    automatic: false,
    destination: account ? (bankOf(account)?.id ?? null) : null,
    description: params.description,
    metadata: mergeMetadata({}, params.metadata),
    statementDescriptor: params.statement_descriptor,
  });
});

/** Payouts are seen by the account they are of. */
async function ownPayout(core: SandboxCore, id: string): Promise<Payout> {
  const payout = await core.state.lock<Payout>('payout', id);
  if (payout.sandbox.account !== core.account) throw resourceMissing('payout', id);
  return payout;
}

const cancelPayout = endpoint('POST /v1/payouts/:id/cancel', async (core, _params, { id }) => {
  const payout = await ownPayout(core, id);
  if (payout.status !== 'pending' && payout.status !== 'in_transit')
    throw invalidRequest(
      `Payouts can only be canceled while they are pending; this one is ${payout.status}.`,
    );
  await moveBalance(core, {
    type: 'payout_cancel',
    amount: payout.amount,
    currency: payout.currency,
    source: id,
    account: core.account,
  });
  const canceled = await core.state.put<Payout>({
    ...payout,
    status: 'canceled',
    sandbox: { ...payout.sandbox, dueAt: null },
  });
  await emitEvent(core, 'payout.canceled', canceled, { account: core.account });
  return canceled;
});

export const connectEndpoints = [
  createAccount,
  updateAccount,
  retrieveEndpoint('GET /v1/accounts/:id', 'account'),
  listEndpoint('GET /v1/accounts', 'account'),
  endpoint('GET /v1/account', async (core) =>
    core.account
      ? core.state.get<Account>('account', core.account)
      : {
          id: 'acct_sandbox',
          object: 'account',
          country: 'US',
          default_currency: 'usd',
          charges_enabled: true,
          payouts_enabled: true,
          details_submitted: true,
          email: null,
          type: 'standard',
          settings: { dashboard: { display_name: 'Tollgate', timezone: 'Etc/UTC' } },
        },
  ),
  endpoint('DELETE /v1/accounts/:id', async (core, _params, { id }) => {
    await core.state.lock<Account>('account', id);
    await core.state.remove(id);
    return { id, object: 'account', deleted: true };
  }),
  endpoint('POST /v1/accounts/:id/login_links', async (core, _params, { id }) => {
    const account = await core.state.get<Account>('account', id);
    if (!account.details_submitted) {
      throw invalidRequest('Cannot create a login link for an account that has not completed onboarding.');
    }
    return { object: 'login_link', created: core.now(), url: pageUrl(core, `accounts/${id}`) };
  }),
  createAccountLink,
  createTransfer,
  retrieveEndpoint('GET /v1/transfers/:id', 'transfer'),
  listEndpoint('GET /v1/transfers', 'transfer'),
  createReversal,
  endpoint('GET /v1/transfers/:id/reversals', (core, params, { id }) =>
    listObjects(core, 'transfer_reversal', `/v1/transfers/${id}/reversals`, params, {
      match: { transfer: id },
    }),
  ),
  endpoint('GET /v1/transfers/:id/reversals/:child', async (core, _params, { id, child }) => {
    const reversal = await core.state.get<TransferReversal>('transfer_reversal', child);
    if (reversal.transfer !== id) throw resourceMissing('transfer_reversal', child);
    return reversal;
  }),
  createPayoutEndpoint,
  endpoint('GET /v1/payouts/:id', (core, _params, { id }) => ownPayout(core, id)),
  endpoint('GET /v1/payouts', (core, params) =>
    listObjects(core, 'payout', '/v1/payouts', params, {
      match: { ...(params.status && { status: params.status }), sandbox: { account: core.account } },
    }),
  ),
  cancelPayout,
];

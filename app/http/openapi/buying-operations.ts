/** What buyers do with subscriptions, keys, wallet and budgets, in the OpenAPI document. */
import type { Operation } from './document.ts';
import { RANGE } from './shapes.ts';

export const buyingOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/buyer/apis': {
    get: {
      id: 'listApis',
      summary: 'Browse and search published APIs',
      tag: 'Buying',
      query: {
        q: 'Words to find.',
        category: 'Category.',
        kind: 'http or llm.',
        price: 'Plan kind.',
        sort: 'newest, name or price.',
        page: 'From 1.',
      },
      answer: 'ApiPage',
    },
  },
  '/api/v1/buyer/apis/{id}': {
    get: {
      id: 'getApi',
      summary: 'One API with its plans, by id or slug',
      tag: 'Buying',
      answer: 'ApiDetail',
      errors: [404],
    },
  },
  '/api/v1/buyer/apis/{id}/subscribe': {
    post: {
      id: 'subscribe',
      summary: 'Subscribe and get a key',
      tag: 'Buying',
      body: 'NewSubscription',
      answer: 'Subscribed',
      status: 201,
      errors: [402, 404, 409],
    },
  },
  '/api/v1/buyer/subscriptions': {
    get: {
      id: 'listSubscriptions',
      summary: 'Your subscriptions',
      tag: 'Buying',
      query: { include: 'canceled: also those that have ended.' },
      answer: 'SubscriptionList',
    },
  },
  '/api/v1/buyer/keys': {
    get: { id: 'listKeys', summary: 'Your keys, without secrets', tag: 'Buying', answer: 'KeyList' },
    post: {
      id: 'createKey',
      summary: 'Make a key; its secret is in this answer only',
      tag: 'Buying',
      body: 'NewKey',
      answer: 'IssuedKey',
      status: 201,
      errors: [404],
    },
  },
  '/api/v1/buyer/keys/{id}': {
    get: {
      id: 'getKey',
      summary: 'One key, without its secret',
      tag: 'Buying',
      answer: 'Key',
      errors: [404],
    },
    put: {
      id: 'updateKey',
      summary: 'Change what a key may do, or disable and enable it',
      tag: 'Buying',
      body: 'KeyChange',
      answer: 'Key',
      errors: [404, 409],
    },
    delete: {
      id: 'revokeKey',
      summary: 'Revoke a key; it is refused within a second',
      tag: 'Buying',
      answer: 'Key',
      errors: [404],
    },
  },
  '/api/v1/buyer/keys/{id}/rotate': {
    post: {
      id: 'rotateKey',
      summary: 'Replace a key by a new one; the old one works on for the grace',
      tag: 'Buying',
      body: 'KeyRotation',
      answer: 'IssuedKey',
      status: 201,
      errors: [404, 409],
    },
  },
  '/api/v1/buyer/usage': {
    get: {
      id: 'getUsage',
      summary: 'Calls, errors, tokens and cost of a range',
      tag: 'Buying',
      query: { ...RANGE, service: 'Slug or id.' },
      answer: 'Usage',
      errors: [404],
    },
  },
  '/api/v1/buyer/settings': {
    get: {
      id: 'getSettings',
      summary: 'How long conversations are remembered, and the limits over all keys',
      tag: 'Buying',
      answer: 'BuyerSettings',
    },
    put: {
      id: 'updateSettings',
      summary: 'Remember conversations, or forget all of them (null)',
      tag: 'Buying',
      body: 'BuyerSettingsChange',
      answer: 'BuyerSettings',
      errors: [403],
    },
  },
  '/api/v1/buyer/wallet': {
    get: {
      id: 'getWallet',
      summary: 'What is available, held, given as credit and owed',
      tag: 'Buying',
      answer: 'Wallet',
    },
  },
  '/api/v1/buyer/wallet/auto-top-up': {
    get: {
      id: 'getAutoTopUp',
      summary: 'When and by how much the wallet fills itself',
      tag: 'Buying',
      answer: 'AutoTopUp',
    },
    put: {
      id: 'configureAutoTopUp',
      summary: 'Fill the wallet from the saved payment method when it falls below a threshold',
      tag: 'Buying',
      body: 'AutoTopUpSettings',
      answer: 'AutoTopUp',
      errors: [403],
    },
  },
  '/api/v1/buyer/wallet/redemptions': {
    post: {
      id: 'redeemCode',
      summary: 'Redeem a code for promotional credit; each organization can redeem it once',
      tag: 'Buying',
      body: 'NewRedemption',
      answer: 'Redemption',
      status: 201,
      errors: [403, 404, 409, 429],
    },
  },
  '/api/v1/buyer/wallet/statement': {
    get: {
      id: 'getWalletStatement',
      summary: 'Opening, movements and closing of the wallet, equal to the ledger',
      tag: 'Buying',
      query: {
        from: 'First local day of the organization; the first of the month when absent.',
        to: 'Last local day, included; today when absent.',
        format: 'json or csv.',
      },
      answer: 'WalletStatement',
    },
  },
  '/api/v1/buyer/wallet/forecast': {
    get: {
      id: 'forecastSpending',
      summary:
        'What this month will have cost at the pace of the last seven days, and how long the balance lasts',
      tag: 'Buying',
      answer: 'SpendingForecast',
    },
  },
  '/api/v1/buyer/budgets': {
    get: {
      id: 'listBudgets',
      summary: 'Budgets with their current window',
      tag: 'Buying',
      answer: 'BudgetList',
    },
    post: {
      id: 'createBudget',
      summary: 'Bound what the organization, a member or a key may spend in a day, week or month',
      tag: 'Buying',
      body: 'NewBudget',
      answer: 'BudgetAnswer',
      status: 201,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/buyer/budgets/{id}': {
    get: { id: 'getBudget', summary: 'One budget', tag: 'Buying', answer: 'BudgetAnswer', errors: [404] },
    put: {
      id: 'updateBudget',
      summary: 'Change a budget; absent fields stay',
      tag: 'Buying',
      body: 'BudgetChanges',
      answer: 'BudgetAnswer',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteBudget',
      summary: 'Delete a budget',
      tag: 'Buying',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/buyer/wallet/top-ups': {
    post: {
      id: 'startTopUp',
      summary: 'Start a checkout that fills the wallet',
      tag: 'Buying',
      body: 'NewTopUp',
      answer: 'TopUp',
      status: 201,
      errors: [409, 503],
    },
  },
  '/api/v1/buyer/checkouts/{id}': {
    get: {
      id: 'getCheckout',
      summary: 'Whether a checkout has been paid',
      tag: 'Buying',
      answer: 'Checkout',
      errors: [404],
    },
  },
};

/** The OpenAPI 3.1 document of the management API and the gateway's doors (https://spec.openapis.org/oas/v3.1.1). */
import { disputeOperations } from './dispute-operations.ts';
import { invoiceOperations } from './invoice-operations.ts';
import { paymentOperations } from './payment-operations.ts';
import { payoutOperations } from './payout-operations.ts';
import { pricingOperations } from './pricing-operations.ts';
import { schemas } from './schemas.ts';
import { ref } from './shapes.ts';

export interface Operation {
  id: string;
  summary: string;
  tag: 'Accounts' | 'Administration' | 'Selling' | 'Buying' | 'Calling';
  body?: string;
  /** Schema of the answer; null for answers that are the upstream's. */
  answer: string | null;
  status?: number;
  query?: Record<string, string>;
  /** `token`: JWT of /auth/login; `key`: a key of a subscription. */
  auth?: 'none' | 'token' | 'key';
  /** Refusals worth naming besides 400 and 401. */
  errors?: number[];
}

const MODEL_ERRORS = [400, 402, 403, 404, 429, 502, 503, 504];

const RANGE = {
  range: '24h, 7d or 30d.',
  from: 'ISO date or time.',
  to: 'ISO date or time, exclusive.',
  time_zone: 'IANA name; UTC when absent.',
};

const REPORT = {
  ...RANGE,
  perspective: 'buyer (the default), seller or admin.',
  granularity: 'hour (at most 31 days), day (the default), week or month, in the time zone.',
  group_by:
    'none (the default), service, plan, model, key (buyers), seller (buyers), buyer (sellers); administrators: all but key.',
  service: 'Id or slug: only its calls.',
  key: 'Id of a key of yours: only its calls.',
  model: 'Only calls of this model.',
  format: 'json (the default), csv or pdf.',
};

/** Path → method → operation; a test compares it with the route table. */
export const OPERATIONS: Record<string, Record<string, Operation>> = {
  '/api/v1/auth/register': {
    post: {
      id: 'register',
      summary: 'Register a user with an organization',
      tag: 'Accounts',
      body: 'Registration',
      answer: 'AccessToken',
      status: 201,
      auth: 'none',
      errors: [409, 429],
    },
  },
  '/api/v1/auth/login': {
    post: {
      id: 'logIn',
      summary: 'Exchange a password for an access token',
      tag: 'Accounts',
      body: 'LogIn',
      answer: 'AccessToken',
      auth: 'none',
      errors: [429],
    },
  },
  '/api/v1/seller/apis': {
    get: {
      id: 'listOwnApis',
      summary: 'List your APIs',
      tag: 'Selling',
      query: { page: 'From 1.' },
      answer: 'SellerApiPage',
    },
    post: {
      id: 'createApi',
      summary: 'List an API',
      tag: 'Selling',
      body: 'NewApi',
      answer: 'SellerApi',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/seller/apis/{id}': {
    get: {
      id: 'getOwnApi',
      summary: 'One of your APIs, by id or slug',
      tag: 'Selling',
      answer: 'SellerApi',
      errors: [404],
    },
    put: {
      id: 'updateApi',
      summary: 'Change, publish or pause it',
      tag: 'Selling',
      body: 'ApiChange',
      answer: 'SellerApi',
      errors: [404, 409],
    },
    delete: {
      id: 'deleteApi',
      summary: 'Delete it; with subscribers it is archived',
      tag: 'Selling',
      answer: 'RetiredApi',
      errors: [404],
    },
  },
  '/api/v1/seller/apis/{id}/upstreams': {
    get: {
      id: 'listUpstreams',
      summary: 'Where its calls may go, in the order of routing',
      tag: 'Selling',
      answer: 'UpstreamList',
      errors: [404],
    },
    post: {
      id: 'createUpstream',
      summary: 'Add an upstream',
      tag: 'Selling',
      body: 'NewUpstream',
      answer: 'Upstream',
      status: 201,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/upstreams/{id}': {
    put: {
      id: 'updateUpstream',
      summary: 'Change an upstream; another origin needs its credential again',
      tag: 'Selling',
      body: 'UpstreamChanges',
      answer: 'Upstream',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteUpstream',
      summary: 'Remove an upstream with its credentials; the last one stays',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/upstreams/{id}/credentials': {
    get: {
      id: 'listCredentials',
      summary: 'The pool of an upstream, with the health of every credential',
      tag: 'Selling',
      answer: 'CredentialList',
      errors: [404],
    },
    post: {
      id: 'addCredentials',
      summary: 'Add one credential (secret), or up to 500 (secrets)',
      tag: 'Selling',
      body: 'NewCredentials',
      answer: 'AddedCredentials',
      status: 201,
      errors: [403, 404, 409],
    },
    delete: {
      id: 'clearCredentials',
      summary: 'Empty the pool',
      tag: 'Selling',
      answer: 'DeletedCount',
      errors: [403, 404],
    },
  },
  '/api/v1/seller/credentials/{id}': {
    put: {
      id: 'updateCredential',
      summary: 'Change, enable, disable a credential, or replace its secret',
      tag: 'Selling',
      body: 'CredentialChanges',
      answer: 'PoolCredential',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteCredential',
      summary: 'Remove a credential',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/seller/credentials/{id}/test': {
    post: {
      id: 'testCredential',
      summary: 'Send one GET with this credential',
      tag: 'Selling',
      answer: 'ConnectionTest',
      errors: [403, 404, 429],
    },
  },
  '/api/v1/seller/credentials/{id}/reset': {
    post: {
      id: 'resetCredential',
      summary: 'Forget cooling, refusals and an automatic disabling',
      tag: 'Selling',
      answer: 'PoolCredential',
      errors: [403, 404],
    },
  },
  '/api/v1/seller/credentials/{id}/oauth': {
    get: {
      id: 'getOauth',
      summary: 'How a credential gets its access tokens',
      tag: 'Selling',
      answer: 'Oauth',
      errors: [404],
    },
  },
  '/api/v1/seller/credentials/{id}/oauth/start': {
    post: {
      id: 'startOauth',
      summary: 'Connect a credential to a provider; `consent.url` is where you agree, within ten minutes',
      tag: 'Selling',
      body: 'OauthStart',
      answer: 'StartedOauth',
      errors: [403, 404, 502],
    },
  },
  '/api/v1/seller/credentials/{id}/oauth/complete': {
    post: {
      id: 'completeOauth',
      summary: 'Finish with the code that the provider gave',
      tag: 'Selling',
      body: 'OauthCode',
      answer: 'Oauth',
      errors: [403, 502],
    },
  },
  '/api/v1/seller/credentials/{id}/oauth/refresh': {
    post: {
      id: 'refreshOauth',
      summary: 'Get a new access token now',
      tag: 'Selling',
      answer: 'Oauth',
      errors: [403, 404, 409, 502],
    },
  },
  '/api/v1/seller/apis/{id}/routing': {
    get: {
      id: 'getRouting',
      summary: 'How its calls are routed, composed, cached and bounded',
      tag: 'Selling',
      answer: 'Routing',
      errors: [404],
    },
    put: {
      id: 'configureRouting',
      summary: 'Change routing, cache and bounds; absent fields stay',
      tag: 'Selling',
      body: 'RoutingChanges',
      answer: 'Routing',
      errors: [403, 404],
    },
  },
  '/api/v1/seller/apis/{id}/proxy-secret': {
    post: {
      id: 'generateProxySecret',
      summary: 'A new secret for the header x-tollgate-proxy-secret, shown this once',
      tag: 'Selling',
      answer: 'ProxySecret',
      status: 201,
      errors: [403, 404],
    },
    delete: {
      id: 'clearProxySecret',
      summary: 'Send no proxy secret any more',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  ...pricingOperations,
  '/api/v1/seller/endpoints': {
    get: {
      id: 'listEndpoints',
      summary: 'Your custom paths',
      tag: 'Selling',
      answer: 'CustomPathList',
    },
    post: {
      id: 'createEndpoint',
      summary: 'Give a service a path of its own on this host',
      tag: 'Selling',
      body: 'NewCustomPath',
      answer: 'CustomPath',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/seller/endpoints/{id}': {
    put: {
      id: 'updateEndpoint',
      summary: 'Change a custom path',
      tag: 'Selling',
      body: 'CustomPathChanges',
      answer: 'CustomPath',
      errors: [403, 404, 409],
    },
    delete: {
      id: 'deleteEndpoint',
      summary: 'Free a custom path',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/seller/earnings': {
    get: {
      id: 'getEarnings',
      summary: 'What you earned',
      tag: 'Selling',
      query: { days: '1 to 366.', time_zone: 'IANA name.' },
      answer: 'Earnings',
    },
  },
  '/api/v1/receipts': {
    get: {
      id: 'exportReceipts',
      summary: 'Signed receipts, one on each line (JSONL), chain by chain; also with a key',
      tag: 'Accounts',
      query: {
        perspective: 'buyer (the default) or seller.',
        key: 'Id of a key: only its chain.',
        from: 'ISO date or time.',
        to: 'ISO date or time, exclusive.',
        after: 'Sequence in the chain; receipts after it.',
        limit: 'At most 10000.',
      },
      answer: 'Receipt',
    },
  },
  '/api/v1/receipts/keys': {
    get: {
      id: 'listReceiptKeys',
      summary: 'Public keys that receipts verify with; also at /.well-known/tollgate-receipt-keys.json',
      tag: 'Accounts',
      answer: 'ReceiptKeys',
      auth: 'none',
    },
  },
  '/api/v1/receipts/{requestId}': {
    get: {
      id: 'getReceipt',
      summary: 'The signed receipt of a charged call, for its buyer and its seller; also with a key',
      tag: 'Accounts',
      answer: 'Receipt',
      errors: [404],
    },
  },
  '/api/v1/reports/usage': {
    get: {
      id: 'reportUsage',
      summary:
        'Calls, errors, latency, tokens and cost of a range; also at /api/reports/usage, and with a key',
      tag: 'Accounts',
      query: REPORT,
      answer: 'UsageReport',
      errors: [403],
    },
  },
  '/api/v1/reports/billing': {
    get: {
      id: 'reportBilling',
      summary:
        'What a range cost, what paid and what went back; also at /api/reports/billing, and with a key',
      tag: 'Accounts',
      query: REPORT,
      answer: 'BillingReport',
      errors: [403],
    },
  },
  '/api/v1/admin/stats': {
    get: {
      id: 'getStatistics',
      summary: 'The platform in numbers; also at /admin/stats',
      tag: 'Administration',
      query: RANGE,
      answer: 'Statistics',
      errors: [403],
    },
  },
  '/api/v1/admin/endpoints': {
    get: {
      id: 'listAllEndpoints',
      summary: 'Custom paths of everybody; also at /admin/endpoints',
      tag: 'Administration',
      answer: 'CustomPathList',
      errors: [403],
    },
    post: {
      id: 'createAnyEndpoint',
      summary: 'Bind a path to any service; also at /admin/endpoints',
      tag: 'Administration',
      body: 'NewCustomPath',
      answer: 'CustomPath',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/admin/endpoints/{id}': {
    put: {
      id: 'updateAnyEndpoint',
      summary: 'Change any custom path; also at /admin/endpoints/{id}',
      tag: 'Administration',
      body: 'CustomPathChanges',
      answer: 'CustomPath',
      errors: [403, 404, 409],
    },
    delete: {
      id: 'deleteAnyEndpoint',
      summary: 'Free any custom path; also at /admin/endpoints/{id}',
      tag: 'Administration',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/admin/providers': {
    get: {
      id: 'listProviders',
      summary: 'The platform’s own LLM upstreams; also at /admin/providers',
      tag: 'Administration',
      answer: 'ProviderList',
      errors: [403],
    },
    post: {
      id: 'createProvider',
      summary: 'Add a provider; also at /admin/providers',
      tag: 'Administration',
      body: 'NewProvider',
      answer: 'Provider',
      status: 201,
      errors: [403],
    },
  },
  '/api/v1/admin/providers/{id}': {
    put: {
      id: 'updateProvider',
      summary: 'Change a provider; also at /admin/providers/{id}',
      tag: 'Administration',
      body: 'ProviderChanges',
      answer: 'Provider',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteProvider',
      summary: 'Remove a provider with its keys and paths; also at /admin/providers/{id}',
      tag: 'Administration',
      answer: 'DeletedProvider',
      errors: [403, 404],
    },
  },
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
  ...disputeOperations,
  ...paymentOperations,
  ...payoutOperations,
  ...invoiceOperations,
  '/proxy/v1/{service}/{path}': {
    get: {
      id: 'call',
      summary: 'Call a service; every other method works the same way',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
  },
  '/llm/{service}/{path}': {
    post: {
      id: 'callModelService',
      summary: 'One LLM service as the base URL of an SDK, in any of the dialects below',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/chat/completions': {
    post: {
      id: 'createChatCompletion',
      summary: 'OpenAI’s chat completions, streaming and not',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/responses': {
    post: {
      id: 'createResponse',
      summary: 'OpenAI’s responses; nothing is stored',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/completions': {
    post: {
      id: 'createCompletion',
      summary: 'OpenAI’s older completions',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/embeddings': {
    post: {
      id: 'createEmbeddings',
      summary: 'OpenAI’s embeddings',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/messages': {
    post: {
      id: 'createMessage',
      summary: 'Anthropic’s messages, streaming and not',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/messages/count_tokens': {
    post: {
      id: 'countMessageTokens',
      summary: 'How many tokens a message has; costs nothing',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1beta/models/{model}:generateContent': {
    post: {
      id: 'generateContent',
      summary: 'Google’s generateContent; streamGenerateContent, embedContent and countTokens alike',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/images/{path}': {
    post: {
      id: 'createImage',
      summary: 'Images, for upstreams of OpenAI’s family',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/audio/{path}': {
    post: {
      id: 'createAudio',
      summary: 'Speech and transcriptions, for upstreams of OpenAI’s family',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/rerank': {
    post: {
      id: 'rerank',
      summary: 'Documents in the order of their relevance',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/moderations': {
    post: {
      id: 'createModeration',
      summary: 'Moderations, for upstreams of OpenAI’s family',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/{path}': {
    post: {
      id: 'callEndpoint',
      summary: 'A path that a seller has bound to a service',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/requests/{id}': {
    get: {
      id: 'explainCall',
      summary: 'What happened to a call: attempts, limits, cache, receipt',
      tag: 'Calling',
      answer: 'CallExplanation',
      auth: 'key',
      errors: [404],
    },
  },
  '/v1/usage': {
    get: {
      id: 'getKeyUsage',
      summary:
        'What the key’s organization used: by day, API, key and model; this month when nothing is asked for',
      tag: 'Calling',
      query: RANGE,
      answer: 'KeyUsage',
      auth: 'key',
    },
  },
  '/v1/conversations': {
    get: {
      id: 'listConversations',
      summary: 'Remembered conversations, the last used first',
      tag: 'Calling',
      query: { page: 'From 1.' },
      answer: 'ConversationList',
      auth: 'key',
    },
  },
  '/v1/conversations/{id}': {
    get: {
      id: 'getConversation',
      summary: 'A conversation with its messages',
      tag: 'Calling',
      answer: 'ConversationDetail',
      auth: 'key',
      errors: [404],
    },
    delete: {
      id: 'deleteConversation',
      summary: 'Forget a conversation',
      tag: 'Calling',
      answer: 'DeletedConversation',
      auth: 'key',
      errors: [404],
    },
  },
  '/v1/conversations/{id}/fork': {
    post: {
      id: 'forkConversation',
      summary: 'Copy a conversation, so that it can go on in two ways',
      tag: 'Calling',
      body: 'Fork',
      answer: 'Conversation',
      auth: 'key',
      errors: [404, 409],
    },
  },
  '/v1/conversations/{id}/export': {
    get: {
      id: 'exportConversation',
      summary: 'A conversation as a JSON file',
      tag: 'Calling',
      answer: 'ConversationDetail',
      auth: 'key',
      errors: [404],
    },
  },
  '/v1/models': {
    get: {
      id: 'listModels',
      summary: 'Models of the LLM services the key is subscribed to',
      tag: 'Calling',
      answer: null,
      auth: 'key',
    },
  },
};

const SECURITY = { none: [], token: [{ token: [] }], key: [{ key: [] }] };

const json = (name: string) => ({ 'application/json': { schema: ref(name) } });

function toOperation(path: string, operation: Operation): Record<string, unknown> {
  const { id, summary, tag, body, answer, status = 200, query = {}, auth = 'token', errors = [] } = operation;
  const failures = [400, ...(auth === 'none' && id !== 'logIn' ? [] : [401]), ...errors];
  return {
    operationId: id,
    summary,
    tags: [tag],
    security: SECURITY[auth],
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...Object.entries(query).map(([name, description]) => ({
        name,
        in: 'query',
        description,
        schema: { type: 'string' },
      })),
    ],
    ...(body && { requestBody: { required: body !== 'NewSubscription', content: json(body) } }),
    responses: {
      [status]:
        answer === null
          ? { description: status === 204 ? 'Done.' : 'The upstream’s answer, streamed.' }
          : { description: 'Done.', content: json(answer) },
      ...Object.fromEntries(
        failures.map((failure) => [
          failure,
          { description: 'Refused; `error.code` says why.', content: json('Error') },
        ]),
      ),
    },
  };
}

/** @param origin where this installation is reached, without a trailing slash. */
export function createOpenApiDocument(origin: string, version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tollgate',
      version,
      description: 'List APIs, subscribe to them, and call them through one streaming gateway.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    paths: Object.fromEntries(
      Object.entries(OPERATIONS).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [method, toOperation(path, operation)]),
        ),
      ]),
    ),
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From /api/v1/auth/login.',
        },
        key: { type: 'http', scheme: 'bearer', description: 'A key of a subscription: tg_live_…' },
      },
    },
  };
}

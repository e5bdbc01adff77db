/** Components of the OpenAPI document: the shapes that the answers of the API have. */

import { disputeSchemas } from './dispute-operations.ts';
import { egressSchemas } from './egress-operations.ts';
import { paymentSchemas } from './payment-operations.ts';
import { payoutSchemas } from './payout-operations.ts';
import { invoiceSchemas } from './invoice-operations.ts';
import { oauthSchemas } from './oauth-schemas.ts';
import { pricesOfPlans, pricingSchemas, shortPrices } from './pricing-operations.ts';
import { reportSchemas } from './report-schemas.ts';
import { dialect, planLimits, sellingSchemas } from './selling-schemas.ts';
import { walletSchemas } from './wallet-schemas.ts';
import { count, instant, list, money, nullable, object, page, ref, text, type Schema } from './shapes.ts';

const usageTotals = {
  calls: count,
  errors: count,
  input_tokens: count,
  output_tokens: count,
  cost: money,
  average_ms: nullable(count),
  p95_ms: nullable(count),
};

const listing = {
  id: text(),
  slug: text(),
  name: text(),
  summary: text(),
  description: text('Markdown.'),
  category: text(),
  kind: { type: 'string', enum: ['http', 'llm'] },
};

const conversation = {
  id: text('What your program calls it.'),
  object: text(),
  conversation_id: text(),
  title: text('First words of the first message.'),
  model: nullable(text()),
  message_count: count,
  forked_from: nullable(text()),
  created_at: instant,
  updated_at: instant,
  expires_at: instant,
};

const keySettings = {
  permissions: list({ type: 'string', enum: ['read', 'write'] }),
  allowed_services: { ...list(text()), description: 'Ids; empty: every subscription. Slugs are taken too.' },
  allowed_models: { ...list(text()), description: 'Model names, * for any characters; empty: every model.' },
  allowed_addresses: { ...list(text()), description: 'IPv4 and IPv6 ranges (CIDR); empty: from anywhere.' },
  requests_per_minute: nullable(count),
  requests_per_day: nullable(count),
  tokens_per_minute: nullable(count),
  tokens_per_day: nullable(count),
  max_concurrency: nullable(count),
  model_routes: {
    ...list(object({ pattern: text(), target: text('slug/model, slug/ or a model.'), priority: count })),
    description: 'Where calls for a model go; the lowest priority that matches counts.',
  },
  expires_at: nullable(instant),
};

export const schemas: Record<string, Schema> = {
  Error: object({
    error: {
      ...object(
        {
          type: text('Family of the error, by status.'),
          code: text('Stable code; each has a section at `docs`.'),
          message: text('What went wrong and what to do, in English.'),
          param: nullable(text('The first field at fault.')),
          request_id: text(),
          docs: text(),
          issues: list(object({ field: text(), reason: text(), params: { type: 'object' } }, ['params'])),
          checkout_url: text('402: where to pay.'),
          top_up_url: text('402: where to fill the wallet.'),
        },
        ['issues', 'checkout_url', 'top_up_url'],
      ),
    },
  }),
  Registration: object(
    {
      username: { type: 'string', minLength: 3, maxLength: 39 },
      password: { type: 'string', minLength: 8, maxLength: 256 },
      email: { type: 'string', format: 'email' },
      role: { type: 'string', enum: ['buyer', 'seller'], default: 'buyer' },
      display_name: text(),
    },
    ['email', 'role', 'display_name'],
  ),
  LogIn: object(
    { username: text('Or `email`, or `login` for either.'), email: text(), login: text(), password: text() },
    ['username', 'email', 'login'],
  ),
  AccessToken: object({
    token: text('JWT; send it as `Authorization: Bearer …` to /api/v1.'),
    token_type: { const: 'Bearer' },
    expires_in: { type: 'integer', description: 'Seconds.' },
    expires_at: instant,
    user: { type: 'object' },
    organization: { type: 'object' },
  }),
  Plan: object(
    {
      id: text(),
      name: text(),
      description: text(),
      status: { type: 'string', enum: ['active', 'archived'] },
      visibility: { type: 'string', enum: ['public', 'private'] },
      ...planLimits,
      price_version: count,
      currency: text(),
      ...shortPrices,
      pricing: ref('GeneralPrice'),
    },
    Object.keys(shortPrices).filter((name) => name !== 'kind'),
  ),
  NewPlan: object(
    {
      name: text(),
      description: text(),
      visibility: { type: 'string', enum: ['public', 'private'], default: 'public' },
      ...planLimits,
      ...pricesOfPlans,
    },
    ['name', 'description', 'visibility', ...Object.keys(planLimits), ...Object.keys(pricesOfPlans)],
  ),
  Credential: object({
    placement: { type: 'string', enum: ['none', 'bearer', 'header', 'query', 'basic'] },
    name: nullable(text('Header or parameter name.')),
    set_at: nullable(instant),
  }),
  NewApi: {
    ...object(
      {
        name: text(),
        endpoint_url: text('Where calls go; `base_url` is the same field.'),
        base_url: text(),
        description: text(),
        api_key: nullable(text('Your own credential, sent as bearer. Write-only.')),
        credential: object({ placement: text(), name: text(), secret: text('Write-only.') }, [
          'name',
          'secret',
        ]),
        slug: text('Derived from the name when absent.'),
        summary: text(),
        category: text(),
        kind: { type: 'string', enum: ['http', 'llm'], default: 'http' },
        dialect: { ...dialect, description: 'Of an LLM API; openai-chat when absent.' },
        models: list(text()),
        plans: { ...list(ref('NewPlan')), description: 'A free plan when absent.' },
        publish: { type: 'boolean', default: true },
      },
      [
        'endpoint_url',
        'base_url',
        'description',
        'api_key',
        'credential',
        'slug',
        'summary',
        'category',
        'kind',
        'dialect',
        'models',
        'plans',
        'publish',
      ],
    ),
  },
  ApiChange: {
    type: 'object',
    description:
      'Fields of NewApi except kind, plans and publish; absent ones stay as they are. Another origin needs its credential again.',
    properties: { status: { type: 'string', enum: ['published', 'paused'] } },
  },
  SellerApi: object({
    ...listing,
    status: { type: 'string', enum: ['draft', 'in_review', 'published', 'paused', 'suspended', 'archived'] },
    endpoint_url: text(),
    proxy_url: text('What buyers call.'),
    credential: ref('Credential'),
    dialect: text('raw for REST.'),
    upstreams: { ...count, description: 'How many; dialect and models are of the first.' },
    models: list(text()),
    plans: list(ref('Plan')),
    subscribers: count,
    published_at: nullable(instant),
    created_at: instant,
    updated_at: instant,
  }),
  SellerApiPage: page('SellerApi'),
  RetiredApi: object({ id: text(), slug: text(), status: text(), subscribers: count }),
  ...sellingSchemas,
  ...oauthSchemas,
  ...egressSchemas,
  Earnings: object({
    currency: text(),
    pending: money,
    fee_basis_points: count,
    from: instant,
    to: instant,
    time_zone: text(),
    totals: { type: 'object' },
    subscription_fees: { type: 'object' },
    series: list({ type: 'object' }),
    by_api: list({ type: 'object' }),
    fresh_until: nullable(instant),
  }),
  Api: object({
    ...listing,
    seller: { type: 'object' },
    base_url: text('Call it with a key, at any path below.'),
    plans: list(ref('Plan')),
    default_plan_id: nullable(text()),
    published_at: nullable(instant),
    updated_at: instant,
  }),
  ApiPage: page('Api'),
  ApiDetail: {
    allOf: [
      ref('Api'),
      object({ models: list(text()), openai_base_url: text(), curl: text() }, ['openai_base_url']),
    ],
  },
  NewSubscription: object(
    { plan_id: text('The free, else the cheapest plan when absent.'), key_name: text() },
    ['plan_id', 'key_name'],
  ),
  Subscription: object({
    id: text(),
    status: { type: 'string', enum: ['pending_payment', 'active', 'past_due', 'canceled'] },
    api: { type: 'object' },
    plan: ref('Plan'),
    base_url: text(),
    active_keys: count,
    current_period_start: nullable(instant),
    current_period_end: nullable(instant),
    cancel_at_period_end: { type: 'boolean' },
    trial_ends_at: nullable(instant),
    grace_until: nullable(instant),
    created_at: instant,
    canceled_at: nullable(instant),
  }),
  SubscriptionList: object({ data: list(ref('Subscription')) }),
  Subscribed: object(
    {
      subscription: ref('Subscription'),
      key: nullable(ref('IssuedKey')),
      base_url: text(),
      openai_base_url: text(),
      curl: text(),
    },
    ['openai_base_url'],
  ),
  Key: object({
    id: text(),
    name: text(),
    prefix: text(),
    last_four: text(),
    status: { type: 'string', enum: ['active', 'disabled', 'expired', 'revoked'] },
    subscription_id: nullable(text('Null: good for every subscription.')),
    ...keySettings,
    last_used_at: nullable(instant),
    created_at: instant,
    revoked_at: nullable(instant),
  }),
  KeyList: object({ data: list(ref('Key')) }),
  NewKey: object({ name: text(), subscription_id: nullable(text()), ...keySettings }, [
    'subscription_id',
    ...Object.keys(keySettings),
  ]),
  KeyChange: object(
    { name: text(), status: { type: 'string', enum: ['active', 'disabled'] }, ...keySettings },
    ['name', 'status', ...Object.keys(keySettings)],
  ),
  KeyRotation: object(
    { grace_hours: { type: 'integer', enum: [0, 1, 24, 72], description: 'How long the old key works on.' } },
    ['grace_hours'],
  ),
  IssuedKey: { allOf: [ref('Key'), object({ secret: text('Shown this once.') })] },
  Usage: object({
    from: instant,
    to: instant,
    time_zone: text(),
    totals: object(usageTotals),
    series: list(object({ day: { type: 'string', format: 'date' }, ...usageTotals })),
    by_service: list(object({ id: text(), slug: text(), name: text(), ...usageTotals })),
    fresh_until: nullable(instant),
  }),
  BuyerSettings: object({
    conversation_retention_days: nullable(count),
    requests_per_minute: nullable(count),
    requests_per_day: nullable(count),
    tokens_per_minute: nullable(count),
    tokens_per_day: nullable(count),
    max_concurrency: nullable(count),
  }),
  BuyerSettingsChange: object({ conversation_retention_days: nullable(count) }),
  Conversation: object(conversation),
  ConversationList: object({
    object: text(),
    data: list(ref('Conversation')),
    total: count,
    page: count,
    has_more: { type: 'boolean' },
  }),
  ConversationDetail: object({
    ...conversation,
    messages: list(
      object({
        role: { type: 'string', enum: ['user', 'assistant', 'tool'] },
        parts: list({ type: 'object' }),
        request_id: nullable(text()),
        created_at: instant,
      }),
    ),
  }),
  DeletedConversation: object({ id: text(), object: text(), deleted: { type: 'boolean' } }),
  Fork: object({ id: text('Of the new conversation; made when absent.') }, ['id']),
  KeyUsage: object({
    object: text(),
    from: instant,
    to: instant,
    time_zone: text(),
    totals: { type: 'object' },
    by_day: list({ type: 'object' }),
    by_service: list({ type: 'object' }),
    by_key: list({ type: 'object' }),
    by_model: list({ type: 'object' }),
    fresh_until: nullable(instant),
  }),
  CallExplanation: {
    type: 'object',
    description: 'Names and numbers of one call, never its content.',
    properties: {
      id: text(),
      created: instant,
      status: count,
      state: text('How it ended.'),
      fault: { type: 'string', enum: ['none', 'buyer', 'seller', 'platform'] },
      error_code: nullable(text()),
      model: { type: 'object' },
      dialects: nullable({ type: 'object' }),
      routing: { type: 'object', description: 'Attempts, and candidates passed over with the reason.' },
      limits: {
        ...list({ type: 'object' }),
        description:
          'What the call was held to: the tightest as it was then, with what was left of it (recorded), the others as they are now.',
      },
      cache: nullable(text()),
      conversation: nullable(text()),
      usage: { type: 'object' },
      timings: { type: 'object' },
      cost: { type: 'object', description: 'Quantity × price for each line, what was charged.' },
    },
  },
  ...walletSchemas,
  NewTopUp: object({ amount: money, idempotency_key: text() }, ['idempotency_key']),
  TopUp: { type: 'object', properties: { checkout: ref('Checkout') } },
  Checkout: {
    type: 'object',
    properties: { id: text(), status: text(), url: nullable(text()), amount: money },
  },
  ...reportSchemas,
  ...disputeSchemas,
  ...paymentSchemas,
  ...payoutSchemas,
  ...invoiceSchemas,
  ...pricingSchemas,
};

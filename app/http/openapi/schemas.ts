/** Components of the OpenAPI document: the shapes that the answers of the API have. */

type Schema = Record<string, unknown>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const text = (description?: string): Schema => ({ type: 'string', ...(description && { description }) });
const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const instant: Schema = { type: 'string', format: 'date-time' };
const money = text('Exact decimal amount, e.g. "0.001".');
const count: Schema = { type: 'integer', minimum: 0 };
const list = (items: Schema): Schema => ({ type: 'array', items });

function object(properties: Record<string, Schema>, optional: string[] = []): Schema {
  return {
    type: 'object',
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    properties,
  };
}

const page = (item: string): Schema =>
  object({ data: list(ref(item)), page: count, page_count: count, total: count });

const planPrices = {
  monthly_fee: money,
  price_per_call: money,
  price_per_million_input_tokens: money,
  price_per_million_output_tokens: money,
  model_prices: list(
    object({ model: text(), price_per_million_input_tokens: money, price_per_million_output_tokens: money }),
  ),
};

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
      kind: { type: 'string', enum: ['free', 'flat', 'per_call', 'per_token'] },
      status: { type: 'string', enum: ['active', 'archived'] },
      requests_per_minute: nullable(count),
      price_version: count,
      currency: text(),
      ...planPrices,
    },
    Object.keys(planPrices),
  ),
  NewPlan: object(
    {
      kind: { type: 'string', enum: ['free', 'flat', 'per_call', 'per_token'] },
      name: text(),
      description: text(),
      requests_per_minute: nullable(count),
      ...planPrices,
    },
    ['name', 'description', 'requests_per_minute', ...Object.keys(planPrices)],
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
        'models',
        'plans',
        'publish',
      ],
    ),
  },
  ApiChange: {
    type: 'object',
    description: 'Fields of NewApi except kind, plans and publish; absent ones stay as they are.',
    properties: { status: { type: 'string', enum: ['published', 'paused'] } },
  },
  SellerApi: object({
    ...listing,
    status: { type: 'string', enum: ['draft', 'in_review', 'published', 'paused', 'suspended', 'archived'] },
    endpoint_url: text(),
    proxy_url: text('What buyers call.'),
    credential: ref('Credential'),
    models: list(text()),
    plans: list(ref('Plan')),
    subscribers: count,
    published_at: nullable(instant),
    created_at: instant,
    updated_at: instant,
  }),
  SellerApiPage: page('SellerApi'),
  RetiredApi: object({ id: text(), slug: text(), status: text(), subscribers: count }),
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
  Wallet: { type: 'object', properties: { available: money, held: money, currency: text() } },
  NewTopUp: object({ amount: money, idempotency_key: text() }, ['idempotency_key']),
  TopUp: { type: 'object', properties: { checkout: ref('Checkout') } },
  Checkout: {
    type: 'object',
    properties: { id: text(), status: text(), url: nullable(text()), amount: money },
  },
};

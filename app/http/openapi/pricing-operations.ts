/** Plans, prices, invitations and price lists in the OpenAPI document. */
import { METERS, PLAN_KINDS } from '../../domain/plans/index.ts';
import type { Operation } from './document.ts';
import { count, instant, list, money, nullable, object, ref, text, type Schema } from './shapes.ts';

const meter: Schema = { type: 'string', enum: METERS };

/** Everything that a price is made of, in the general form. */
const generalPrice = {
  fee: { ...money, description: 'Every interval, in whole cents.' },
  interval: { type: 'string', enum: ['month', 'year'] },
  trial_days: count,
  tier_mode: { type: 'string', enum: ['graduated', 'volume'] },
  quotas: list(
    object({ meter, included: count, overage: { type: 'string', enum: ['hard_stop', 'priced'] } }),
  ),
  prices: list(
    object(
      {
        meter,
        price: { ...money, description: 'For one call, a second, or a million tokens or bytes.' },
        model: text('`*` when absent: every model without a price of its own.'),
        from_units: { ...count, description: 'Tier: from so many units of the billing period on.' },
        from_context_tokens: { ...count, description: 'For calls with so many input tokens or more.' },
      },
      ['model', 'from_units', 'from_context_tokens'],
    ),
  ),
};

/** The short form, one preset each. */
export const shortPrices = {
  kind: { type: 'string', enum: PLAN_KINDS },
  monthly_fee: money,
  price_per_call: money,
  price_per_million_input_tokens: money,
  price_per_million_output_tokens: money,
  model_prices: list(
    object({ model: text(), price_per_million_input_tokens: money, price_per_million_output_tokens: money }),
  ),
};
export const pricesOfPlans = { ...shortPrices, ...generalPrice };

const optional = (properties: Record<string, Schema>): Schema => object(properties, Object.keys(properties));
const when = {
  effective_from: { ...instant, description: 'At once when absent; within a year.' },
  replaces_upcoming: { type: 'boolean', description: 'Takes back prices announced for later.' },
};
const general = object(generalPrice, ['fee', 'interval']);
const version = object(
  {
    version: count,
    currency: text(),
    effective_from: instant,
    upcoming: { type: 'boolean' },
    ...generalPrice,
  },
  ['fee', 'interval'],
);
const invitation = {
  id: text(),
  plan_id: text(),
  email: text(),
  status: { type: 'string', enum: ['open', 'accepted', 'revoked'] },
  accepted_by: nullable(text('Name of the organization.')),
  expires_at: instant,
  created_at: instant,
  accepted_at: nullable(instant),
};

export const pricingSchemas: Record<string, Schema> = {
  GeneralPrice: general,
  PriceOnly: optional(pricesOfPlans),
  PriceChange: optional({ ...pricesOfPlans, ...when }),
  ServicePricing: optional({
    ...pricesOfPlans,
    ...when,
    plan_id: text('Where several plans cost something.'),
  }),
  PlanList: object({ data: list(ref('Plan')) }),
  PriceVersions: object({ data: list(version), upcoming: list(version) }),
  PricePreview: object({
    example: object({
      ...{ calls: count, input_tokens: count, output_tokens: count, fee: money },
      lines: list(
        object({ meter, quantity: count, included: count, price_per_million: money, amount: money }),
      ),
      ...{ total: money, refused_calls: count },
    }),
    last_30_days: object(
      {
        status: { type: 'string', enum: ['replayed', 'too_much'] },
        ...{ max_calls: count, from: instant, to: instant, calls: count, buyers: count },
        ...{ charged: money, would_be: money, buyers_pay_more: count, buyers_pay_less: count },
        ...{ buyers_stopped: count, calls_refused: count, calls_without_price: count },
      },
      [
        ...['max_calls', 'from', 'to', 'calls', 'buyers', 'charged', 'would_be', 'buyers_pay_more'],
        ...['buyers_pay_less', 'buyers_stopped', 'calls_refused', 'calls_without_price'],
      ],
    ),
  }),
  PriceListImport: object(
    {
      list: text('LiteLLM price map, OpenRouter list of models, or CSV with a heading; as text.'),
      models: { ...list(text()), description: 'All of the list when absent.' },
      markup_percent: text('On top of the listed prices, e.g. "12.5".'),
      ...when,
    },
    ['models', 'markup_percent', 'effective_from', 'replaces_upcoming'],
  ),
  NewInvitation: object({ email: text() }),
  Invitation: object(invitation),
  InvitationList: object({ data: list(object(invitation)) }),
  InvitationToken: object({ token: text('The last part of the link in the mail.') }),
  AcceptedInvitation: object({
    plan: object({ id: text(), name: text() }),
    api: object({ slug: text(), name: text() }),
    seller: text(),
    state: text(),
  }),
};

export const pricingOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/seller/services': {
    get: {
      id: 'listOwnServices',
      summary: 'The same as /seller/apis',
      tag: 'Selling',
      query: { page: 'From 1.' },
      answer: 'SellerApiPage',
    },
    post: {
      id: 'createService',
      summary: 'The same as /seller/apis',
      tag: 'Selling',
      body: 'NewApi',
      answer: 'SellerApi',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/seller/services/{id}': {
    get: {
      id: 'getOwnService',
      summary: 'The same as /seller/apis/{id}',
      tag: 'Selling',
      answer: 'SellerApi',
      errors: [404],
    },
    put: {
      id: 'updateService',
      summary: 'The same as /seller/apis/{id}',
      tag: 'Selling',
      body: 'ApiChange',
      answer: 'SellerApi',
      errors: [404, 409],
    },
    delete: {
      id: 'deleteService',
      summary: 'The same as /seller/apis/{id}',
      tag: 'Selling',
      answer: 'RetiredApi',
      errors: [404],
    },
  },
  '/api/v1/seller/services/{id}/pricing': {
    get: {
      id: 'getPricing',
      summary: 'The plans on offer, with their prices',
      tag: 'Selling',
      answer: 'PlanList',
      errors: [404],
    },
    put: {
      id: 'setPricing',
      summary: 'Set the price of the plan that costs something; without one, a plan is added',
      tag: 'Selling',
      body: 'ServicePricing',
      answer: 'Plan',
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/apis/{id}/plans': {
    get: {
      id: 'listPlans',
      summary: 'Its plans, archived ones too',
      tag: 'Selling',
      answer: 'PlanList',
      errors: [404],
    },
    post: {
      id: 'createPlan',
      summary: 'Add a plan',
      tag: 'Selling',
      body: 'NewPlan',
      answer: 'Plan',
      status: 201,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/plans/{id}': {
    get: { id: 'getPlan', summary: 'One of your plans', tag: 'Selling', answer: 'Plan', errors: [404] },
    put: {
      id: 'updatePlan',
      summary: 'Change name, description, visibility and limits of a plan',
      tag: 'Selling',
      body: 'PlanChanges',
      answer: 'Plan',
      errors: [403, 404, 409],
    },
    delete: {
      id: 'archivePlan',
      summary: 'Take it off the market; subscribers keep it',
      tag: 'Selling',
      answer: 'Plan',
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/plans/{id}/price': {
    get: {
      id: 'listPriceVersions',
      summary: 'Every version of its price, and the changes still to come',
      tag: 'Selling',
      answer: 'PriceVersions',
      errors: [404],
    },
    put: {
      id: 'changePrice',
      summary: 'Give it a new price, at once or from a moment on',
      tag: 'Selling',
      body: 'PriceChange',
      answer: 'Plan',
      errors: [403, 404, 409],
    },
    delete: {
      id: 'withdrawPrices',
      summary: 'Take back the prices that were announced for later',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/plans/{id}/price-preview': {
    post: {
      id: 'previewPrice',
      summary: 'A worked example, and what the last 30 days would have cost; nothing is changed',
      tag: 'Selling',
      body: 'PriceOnly',
      answer: 'PricePreview',
      errors: [403, 404],
    },
  },
  '/api/v1/seller/plans/{id}/price-list': {
    post: {
      id: 'importPriceList',
      summary: 'Take prices of models from a list',
      tag: 'Selling',
      body: 'PriceListImport',
      answer: 'Plan',
      errors: [403, 404, 409],
    },
  },
  '/api/v1/seller/plans/{id}/invitations': {
    get: {
      id: 'listInvitations',
      summary: 'Who was invited to a private plan',
      tag: 'Selling',
      answer: 'InvitationList',
      errors: [404],
    },
    post: {
      id: 'invite',
      summary: 'Invite somebody to a private plan, by mail',
      tag: 'Selling',
      body: 'NewInvitation',
      answer: 'Invitation',
      status: 201,
      errors: [403, 404, 409, 429],
    },
  },
  '/api/v1/seller/invitations/{id}': {
    delete: {
      id: 'revokeInvitation',
      summary: 'End an invitation',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/seller/invitations/{id}/resend': {
    post: {
      id: 'resendInvitation',
      summary: 'Send an invitation again, with a new link',
      tag: 'Selling',
      answer: null,
      status: 204,
      errors: [403, 404, 409, 429],
    },
  },
  '/api/v1/buyer/invitations': {
    post: {
      id: 'acceptInvitation',
      summary: 'Accept an invitation to a private plan',
      tag: 'Buying',
      body: 'InvitationToken',
      answer: 'AcceptedInvitation',
      errors: [403, 404, 409],
    },
  },
};

/** The buyer API's JSON: snake_case, money as decimal strings, dates as ISO 8601. */
import { z } from 'zod';
import type { IssuedKey, KeyView, ListedKey } from '../domain/keys/index.ts';
import type { CatalogueService, PublishedService } from '../domain/services/index.ts';
import type { CreatedSubscription, SubscriptionView } from '../domain/subscriptions/index.ts';
import type { UsageReport, UsageTotals } from '../domain/usage/index.ts';
import { curlSample, openAiBaseUrl, proxyUrl } from '../lib/call-sample.ts';
import { toDecimal } from '../lib/money.ts';
import { KEY_PERMISSIONS } from '../lib/service-options.ts';
import { planAnswer } from './seller-api-format.ts';

/** How callers of the buyer API write a field that the domain refused. */
export function buyerApiField(field: string): string {
  return field
    .replace(/^allowedServiceIds/, 'allowedServices')
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A listed service, as every buyer may see it. */
export function apiAnswer(service: CatalogueService, origin: string) {
  return {
    id: service.id,
    slug: service.slug,
    name: service.name,
    summary: service.summary,
    description: service.description,
    category: service.category,
    kind: service.kind,
    seller: service.seller,
    base_url: proxyUrl(origin, service.slug),
    plans: service.plans.map(planAnswer),
    /** The plan a subscription without `plan_id` gets. */
    default_plan_id: service.startingPlan?.id ?? null,
    published_at: service.publishedAt,
    updated_at: service.updatedAt,
  };
}

/** One service in full: also its models, and a first call to copy. */
export function apiDetailAnswer(service: PublishedService, origin: string) {
  return {
    ...apiAnswer(service, origin),
    models: service.models,
    ...(service.kind === 'llm' && { openai_base_url: openAiBaseUrl(origin) }),
    curl: curlSample(origin, service),
  };
}

export function subscriptionAnswer(subscription: SubscriptionView, origin: string) {
  return {
    id: subscription.id,
    status: subscription.status,
    api: {
      id: subscription.service.id,
      slug: subscription.service.slug,
      name: subscription.service.name,
      kind: subscription.service.kind,
    },
    plan: planAnswer(subscription.plan),
    base_url: proxyUrl(origin, subscription.service.slug),
    active_keys: subscription.ownKeys,
    current_period_start: subscription.currentPeriodStart,
    current_period_end: subscription.currentPeriodEnd,
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    trial_ends_at: subscription.trialEndsAt,
    /** Calls go on although a fee is past due, until then. */
    grace_until: subscription.graceUntil,
    created_at: subscription.createdAt,
    canceled_at: subscription.canceledAt,
  };
}

const limit = z.number().nullish();

/** Settings of a key as callers of the API write them; the domain bounds them. */
export const keySettingsBody = {
  permissions: z.array(z.enum(KEY_PERMISSIONS)).optional(),
  /** Ids or slugs. */
  allowed_services: z.array(z.string()).optional(),
  allowed_models: z.array(z.string()).optional(),
  allowed_addresses: z.array(z.string()).optional(),
  requests_per_minute: limit,
  requests_per_day: limit,
  tokens_per_minute: limit,
  tokens_per_day: limit,
  max_concurrency: limit,
  model_routes: z
    .array(z.strictObject({ pattern: z.string(), target: z.string(), priority: z.number().optional() }))
    .optional(),
  expires_at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .nullish(),
};

/** The same in the domain's words. */
export function keySettings(body: z.output<z.ZodObject<typeof keySettingsBody>>) {
  return {
    permissions: body.permissions,
    allowedServiceIds: body.allowed_services,
    allowedModels: body.allowed_models,
    allowedAddresses: body.allowed_addresses,
    requestsPerMinute: body.requests_per_minute,
    requestsPerDay: body.requests_per_day,
    tokensPerMinute: body.tokens_per_minute,
    tokensPerDay: body.tokens_per_day,
    maxConcurrency: body.max_concurrency,
    modelRoutes: body.model_routes,
    expiresAt: body.expires_at,
  };
}

/** A key without its secret. */
export function keyAnswer(key: KeyView | ListedKey) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    last_four: key.lastFour,
    status: key.state,
    /** Null: good for every subscription. */
    subscription_id: key.subscriptionId,
    ...('service' in key && { api: key.service }),
    permissions: key.permissions,
    /** Empty lists: no restriction. */
    allowed_services: key.allowedServiceIds,
    allowed_models: key.allowedModels,
    allowed_addresses: key.allowedAddresses,
    /** Null: the plan's. */
    requests_per_minute: key.requestsPerMinute,
    requests_per_day: key.requestsPerDay,
    tokens_per_minute: key.tokensPerMinute,
    tokens_per_day: key.tokensPerDay,
    max_concurrency: key.maxConcurrency,
    model_routes: key.modelRoutes,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
    created_at: key.createdAt,
    revoked_at: key.revokedAt,
  };
}

/** A key just made: the one answer that carries its secret. */
export function issuedKeyAnswer({ key, secret }: IssuedKey) {
  return { ...keyAnswer(key), secret };
}

/** A new subscription with its key and the call that uses it. */
export function subscribedAnswer(
  created: CreatedSubscription,
  view: SubscriptionView,
  service: PublishedService,
  origin: string,
) {
  return {
    subscription: subscriptionAnswer(view, origin),
    key: created.key && issuedKeyAnswer(created.key),
    base_url: proxyUrl(origin, service.slug),
    ...(service.kind === 'llm' && { openai_base_url: openAiBaseUrl(origin) }),
    curl: curlSample(origin, service, created.key?.secret),
  };
}

/** What is public about a payment that is due. */
export function dueAnswer(checkout: NonNullable<CreatedSubscription['checkout']>, subscriptionId: string) {
  return {
    checkout_url: checkout.url,
    checkout_id: checkout.checkout.id,
    subscription_id: subscriptionId,
    amount: toDecimal(checkout.checkout.amountNanos),
    currency: checkout.checkout.currency,
  };
}

function totalsAnswer(totals: UsageTotals) {
  return {
    calls: totals.calls,
    errors: totals.errors,
    input_tokens: totals.inputTokens,
    output_tokens: totals.outputTokens,
    cost: toDecimal(totals.chargeNanos),
    average_ms: totals.averageMs === null ? null : Math.round(totals.averageMs),
    p95_ms: totals.p95Ms === null ? null : Math.round(totals.p95Ms),
  };
}

export function usageAnswer(report: UsageReport, range: { from: Date; to: Date; timeZone: string }) {
  return {
    from: range.from,
    to: range.to,
    time_zone: range.timeZone,
    totals: totalsAnswer(report.totals),
    series: report.days.map((day) => ({ day: day.day, ...totalsAnswer(day) })),
    by_service: report.byService.map((service) => ({
      id: service.serviceId,
      slug: service.serviceSlug,
      name: service.serviceName,
      ...totalsAnswer(service),
    })),
    fresh_until: report.freshUntil,
  };
}

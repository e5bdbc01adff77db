import { and, eq, inArray } from 'drizzle-orm';
import {
  keys,
  organizations,
  plans,
  priceComponents,
  priceQuotas,
  priceVersions,
  services,
  upstreams,
  usageEvents,
  type ChargeLine,
  type Meter,
  type Plan,
  type PlanKind,
  type UsageEvent,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { compilePrice, priceQuantities, type Quantities } from '../metering/index.ts';
import { getCallSchema, type GetCallInput } from './schemas.ts';

/** One line of a call's receipt: a quantity at a price. */
export interface PriceLine {
  meter: Meter;
  /** Whose price it is, '*' for the price of every model; null where the price has no models. */
  model: string | null;
  /** Units that cost. */
  quantity: number;
  /** Units of this meter that a quota paid for. */
  included: number;
  nanosPerMillion: Nanos;
  /** Rounded up to the next nano. */
  amountNanos: Nanos;
}

/** Why the charge is not the sum of the lines; null when it is. */
export type ChargeDifference = 'not_charged' | 'capped_at_hold';

/** Everything that is known about one call, for whoever made it or sold it. */
export interface ExplainedCall extends Omit<UsageEvent, 'lines'> {
  serviceName: string;
  serviceSlug: string;
  planName: string;
  planKind: PlanKind;
  currency: string;
  /** Only buyers see which of their keys called. */
  keyName: string | null;
  lines: PriceLine[];
  /** Sum of the lines. */
  computedNanos: Nanos;
  chargeDifference: ChargeDifference | null;
  /** Names of the upstreams in the trace, by id. */
  upstreamNames: Record<string, string>;
  /** What the buyer's calls on this plan are held to now; only for the buyer. */
  ceilings: { organization: Ceilings; key: Ceilings; plan: Ceilings & Pick<Plan, 'modelLimits'> } | null;
}

type Ceilings = Pick<
  Plan,
  'requestsPerMinute' | 'requestsPerDay' | 'tokensPerMinute' | 'tokensPerDay' | 'maxConcurrency'
>;

const NO_CEILINGS: Ceilings = {
  requestsPerMinute: null,
  requestsPerDay: null,
  tokensPerMinute: null,
  tokensPerDay: null,
  maxConcurrency: null,
};

const ceilingsOf = <Table extends typeof organizations | typeof keys | typeof plans>(table: Table) => ({
  requestsPerMinute: table.requestsPerMinute,
  requestsPerDay: table.requestsPerDay,
  tokensPerMinute: table.tokensPerMinute,
  tokensPerDay: table.tokensPerDay,
  maxConcurrency: table.maxConcurrency,
});

/**
 * One call of the acting organization, or to one of its services.
 * @throws AppError `not_found`, also for other organizations' calls and for calls not written yet.
 */
export async function getCall(
  ctx: Pick<OrganizationContext, 'actor' | 'db'>,
  input: GetCallInput,
): Promise<ExplainedCall> {
  const organizationId = requireOrganization(ctx);
  const { perspective, requestId } = parseInput(getCallSchema, input);
  const owner = perspective === 'buyer' ? usageEvents.organizationId : usageEvents.sellerOrganizationId;
  const [row] = await ctx.db
    .select({
      event: usageEvents,
      serviceName: services.name,
      serviceSlug: services.slug,
      planName: plans.name,
      planKind: plans.kind,
      currency: priceVersions.currency,
      keyName: keys.name,
      ofOrganization: ceilingsOf(organizations),
      ofKey: ceilingsOf(keys),
      ofPlan: { ...ceilingsOf(plans), modelLimits: plans.modelLimits },
    })
    .from(usageEvents)
    .innerJoin(services, eq(services.id, usageEvents.serviceId))
    .innerJoin(plans, eq(plans.id, usageEvents.planId))
    .innerJoin(priceVersions, eq(priceVersions.id, usageEvents.priceVersionId))
    .innerJoin(organizations, eq(organizations.id, usageEvents.organizationId))
    .leftJoin(keys, eq(keys.id, usageEvents.keyId))
    .where(and(eq(owner, organizationId), eq(usageEvents.requestId, requestId)));
  if (!row) throw new AppError('not_found', 'There is no such call.');
  const { event, keyName, ofOrganization, ofKey, ofPlan, ...rest } = row;
  const [chargeLines, upstreamNames] = await Promise.all([
    event.lines ?? recomputeLines(ctx, event),
    findUpstreamNames(ctx, event),
  ]);
  const lines = chargeLines.flatMap(toPriceLine);
  const computedNanos = lines.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
  return {
    ...event,
    ...rest,
    trace: withAttempts(event),
    ceilings:
      perspective === 'buyer'
        ? { organization: ofOrganization, key: ofKey ?? NO_CEILINGS, plan: ofPlan }
        : null,
    keyName: perspective === 'buyer' ? keyName : null,
    lines,
    computedNanos,
    chargeDifference: differenceOf(computedNanos, event.chargeNanos),
    upstreamNames,
  };
}

/** Nothing is noted of calls that were answered at their first attempt and cost nothing: the event says it all. */
function withAttempts(event: UsageEvent): UsageEvent['trace'] {
  const { trace, upstreamId, credentialId, serviceId, model, errorCode } = event;
  if (trace?.attempts !== undefined || event.attempts !== 1 || upstreamId === null) return trace;
  // Of an attempt that failed before its answer began the status is ours, or nobody's.
  const isTheirs = event.statusCode !== 499 && (errorCode === null || event.terminalState === 'truncated');
  const attempt = {
    upstreamId,
    credentialId,
    serviceId,
    ...(model !== null && { model }),
    ...(isTheirs && { status: event.statusCode }),
    ...(errorCode !== null && { failed: errorCode }),
    ms: event.totalMs,
  };
  return { ...trace, attempts: [attempt] };
}

function differenceOf(computed: Nanos, charged: Nanos): ChargeDifference | null {
  if (computed === charged) return null;
  return charged === 0n ? 'not_charged' : 'capped_at_hold';
}

/** What was taken off a charge is no line of it; `chargeDifference` says why. */
function toPriceLine(line: ChargeLine): PriceLine[] {
  const { meter, model = null, quantity, included = 0 } = line;
  if (meter === 'adjustment') return [];
  const nanosPerMillion = BigInt(line.nanosPerMillion);
  return [{ meter, model, quantity, included, nanosPerMillion, amountNanos: BigInt(line.amountNanos) }];
}

/** Calls that cost nothing have no lines: what they would have cost says what the price is. */
async function recomputeLines(
  { db }: Pick<OrganizationContext, 'db'>,
  event: UsageEvent,
): Promise<readonly ChargeLine[]> {
  const { priceVersionId, model } = event;
  const [components, quotas, [version]] = await Promise.all([
    db.select().from(priceComponents).where(eq(priceComponents.priceVersionId, priceVersionId)),
    db.select().from(priceQuotas).where(eq(priceQuotas.priceVersionId, priceVersionId)),
    db
      .select({ tierMode: priceVersions.tierMode })
      .from(priceVersions)
      .where(eq(priceVersions.id, priceVersionId)),
  ]);
  const price = compilePrice({
    components: components.map(({ nanosPerMillion, ...rest }) => ({
      ...rest,
      nanosPerMillion: nanosPerMillion.toString(),
    })),
    quotas,
    ...version,
  });
  return priceQuantities(price, { model, quantities: quantitiesOf(event) }) ?? [];
}

function quantitiesOf({ inputTokens, outputTokens, ...event }: UsageEvent): Quantities {
  const cached = event.cachedInputTokens ?? 0;
  const written = event.cacheWriteTokens ?? 0;
  const reasoning = event.reasoningTokens ?? 0;
  return {
    call: 1,
    input_token: Math.max(0, (inputTokens ?? 0) - cached - written),
    cached_input_token: cached,
    cache_write_token: written,
    output_token: Math.max(0, (outputTokens ?? 0) - reasoning),
    reasoning_token: reasoning,
  };
}

async function findUpstreamNames(
  { db }: Pick<OrganizationContext, 'db'>,
  { upstreamId, trace, sellerOrganizationId }: UsageEvent,
): Promise<Record<string, string>> {
  const ids = new Set([
    ...(upstreamId ? [upstreamId] : []),
    ...(trace?.attempts ?? []).map((attempt) => attempt.upstreamId),
    ...(trace?.passedOver ?? []).map((candidate) => candidate.upstreamId),
  ]);
  if (ids.size === 0) return {};
  const rows = await db
    .select({ id: upstreams.id, name: upstreams.name })
    .from(upstreams)
    .where(and(inArray(upstreams.id, [...ids]), eq(upstreams.organizationId, sellerOrganizationId)));
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]));
}

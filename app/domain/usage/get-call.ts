import { and, eq, inArray } from 'drizzle-orm';
import {
  keys,
  plans,
  priceComponents,
  priceVersions,
  services,
  upstreams,
  usageEvents,
  type Meter,
  type PlanKind,
  type UsageEvent,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { priceOf, type Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { compileUnitPrices, findUnitPrices, type UnitPrices } from '../metering/index.ts';
import { getCallSchema, type GetCallInput } from './schemas.ts';

/** One line of a call's receipt: a quantity at a price. */
export interface PriceLine {
  meter: Meter;
  quantity: number;
  nanosPerMillion: Nanos;
  /** Rounded up to the next nano. */
  amountNanos: Nanos;
}

/** Why the charge is not the sum of the lines; null when it is. */
export type ChargeDifference = 'not_charged' | 'capped_at_hold';

/** Everything that is known about one call, for whoever made it or sold it. */
export interface ExplainedCall extends UsageEvent {
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
}

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
    })
    .from(usageEvents)
    .innerJoin(services, eq(services.id, usageEvents.serviceId))
    .innerJoin(plans, eq(plans.id, usageEvents.planId))
    .innerJoin(priceVersions, eq(priceVersions.id, usageEvents.priceVersionId))
    .leftJoin(keys, eq(keys.id, usageEvents.keyId))
    .where(and(eq(owner, organizationId), eq(usageEvents.requestId, requestId)));
  if (!row) throw new AppError('not_found', 'There is no such call.');
  const { event, keyName, ...rest } = row;
  const [lines, upstreamNames] = await Promise.all([
    findPriceLines(ctx, event, rest.planKind),
    findUpstreamNames(ctx, event),
  ]);
  const computedNanos = lines.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
  return {
    ...event,
    ...rest,
    keyName: perspective === 'buyer' ? keyName : null,
    lines,
    computedNanos,
    chargeDifference: differenceOf(computedNanos, event.chargeNanos),
    upstreamNames,
  };
}

function differenceOf(computed: Nanos, charged: Nanos): ChargeDifference | null {
  if (computed === charged) return null;
  return charged === 0n ? 'not_charged' : 'capped_at_hold';
}

/** The price version of the event, applied to its quantities, as `settle` does. */
async function findPriceLines(
  { db }: Pick<OrganizationContext, 'db'>,
  event: UsageEvent,
  kind: PlanKind,
): Promise<PriceLine[]> {
  const components = await db
    .select()
    .from(priceComponents)
    .where(eq(priceComponents.priceVersionId, event.priceVersionId));
  const price = compileUnitPrices(
    components.map(({ meter, model, nanosPerMillion }) => ({
      meter,
      model,
      nanosPerMillion: nanosPerMillion.toString(),
    })),
  );
  const unit = findUnitPrices(price, kind, event.model);
  return unit ? priceLines(unit, event) : [];
}

function priceLines(unit: UnitPrices, event: UsageEvent): PriceLine[] {
  const lines: [Meter, number | null, Nanos | null][] = [
    ['call', 1, unit.call],
    ['input_token', event.inputTokens, unit.inputToken],
    ['output_token', event.outputTokens, unit.outputToken],
  ];
  return lines.flatMap(([meter, quantity, nanosPerMillion]) =>
    quantity === null || nanosPerMillion === null
      ? []
      : [{ meter, quantity, nanosPerMillion, amountNanos: priceOf(BigInt(quantity), nanosPerMillion) }],
  );
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

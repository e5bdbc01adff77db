import {
  findUnitPrices,
  priceCall,
  type PrincipalSubscription,
  type UnitPrices,
} from '../../domain/metering/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { isVisible } from '../authorize.ts';
import type { Call } from '../call.ts';
import { allowsModel, allowsService } from '../key-scope.ts';
import { additionsOf, exceedsCeiling, type Additions } from '../llm/additions.ts';
import { heldAddedTokens, heldInputTokens, heldOutputTokens } from '../llm/estimate-tokens.ts';
import {
  priceInEffect,
  type CompiledPlan,
  type CompiledPriceVersion,
  type CompiledService,
} from '../snapshot.ts';

/** A service and model that may answer the call, and what that costs the caller. */
export interface Target {
  service: CompiledService;
  model: string | null;
  subscription: PrincipalSubscription;
  plan: CompiledPlan;
  price: CompiledPriceVersion;
  /** Null: the plan charges nothing per call. */
  unitPrices: UnitPrices | null;
  /** What its seller adds; null: no LLM request. */
  added: Additions | null;
}

/** What the call itself asks for. */
export function primaryTarget(call: Call): Target {
  return {
    service: call.service!,
    model: call.model,
    subscription: call.subscription!,
    plan: call.plan!,
    price: call.price!,
    unitPrices: call.unitPrices,
    added: call.llm?.added ?? null,
  };
}

/** The target for another model, or null where this caller may not go, no price is set or its answers are too short. */
export function targetFor(call: Call, service: CompiledService, model: string): Target | null {
  const principal = call.principal!;
  const llm = call.llm!;
  const subscription = principal.subscriptionByService.get(service.id);
  if (subscription?.status !== 'active' || !isVisible(service, principal)) return null;
  if ((principal.keySubscriptionId ?? subscription.id) !== subscription.id) return null;
  if (!allowsService(principal, service) || !allowsModel(principal, service, model)) return null;
  if (service.status === 'paused' && service.organizationId !== principal.organizationId) return null;
  // Nothing that the caller asks for is cut down silently.
  if (exceedsCeiling(service, llm.facts)) return null;
  const plan = service.planById.get(subscription.planId);
  const price = plan && priceInEffect(plan, call.parts.clock.now() + service.clockOffsetMs);
  if (!plan || !price) return null;
  const isCharged = plan.kind === 'per_call' || plan.kind === 'per_token';
  const unitPrices = isCharged ? findUnitPrices(price.price, plan.kind, model) : null;
  if (isCharged && unitPrices === null) return null;
  return { service, model, subscription, plan, price, unitPrices, added: additionsOf(call, llm, service) };
}

/** The most that the call may cost there. */
export function dearestCost(
  { llm }: Call,
  { unitPrices, added }: Pick<Target, 'unitPrices' | 'added'>,
): Nanos {
  if (unitPrices === null) return 0n;
  const there = llm && { ...llm, added: added! };
  return priceCall(unitPrices, {
    calls: 1,
    inputTokens: there ? heldInputTokens(there.facts) + heldAddedTokens(there) : 0,
    outputTokens: there ? heldOutputTokens(there) : 0,
  });
}

/** From here on the call is one of this target's: its price, its seller, what that one adds. */
export function bindTarget(call: Call, target: Target): void {
  call.service = target.service;
  call.subscription = target.subscription;
  call.plan = target.plan;
  call.price = target.price;
  call.unitPrices = target.unitPrices;
  if (call.llm === null || target.model === null) return;
  call.llm.upstreamModel = target.model;
  call.llm.added = target.added!;
}

import { isPriceMissing, type PrincipalSubscription } from '../../domain/metering/index.ts';
import { isUsable, isVisible } from '../authorize.ts';
import type { Call } from '../call.ts';
import { allowsModel, allowsService } from '../key-scope.ts';
import { additionsOf, exceedsCeiling, type Additions } from '../llm/additions.ts';
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
  /** The price says what a call costs. */
  charges: boolean;
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
    charges: call.charges,
    added: call.llm?.added ?? null,
  };
}

/** The target for another model, or null where this caller may not go, no price is set or its answers are too short. */
export function targetFor(call: Call, service: CompiledService, model: string): Target | null {
  const principal = call.principal!;
  const llm = call.llm!;
  const subscription = principal.subscriptionByService.get(service.id);
  if (!subscription || !isUsable(subscription, call) || !isVisible(service, principal)) return null;
  if ((principal.keySubscriptionId ?? subscription.id) !== subscription.id) return null;
  if (!allowsService(principal, service) || !allowsModel(principal, service, model)) return null;
  if (service.status === 'paused' && service.organizationId !== principal.organizationId) return null;
  // Nothing that the caller asks for is cut down silently.
  if (exceedsCeiling(service, llm.facts)) return null;
  const plan = service.planById.get(subscription.planId);
  const price = plan && priceInEffect(plan, call.parts.clock.now() + service.clockOffsetMs);
  if (!plan || !price) return null;
  if (isPriceMissing(price.price, model)) return null;
  // Units are set aside for the model that was asked for, so no other may be bound to stop at a quota.
  const isOther = subscription.id !== call.subscription!.id;
  if (isOther && [...price.price.quotas.values()].some(({ overage }) => overage === 'hard_stop')) return null;
  const charges = price.price.meters.size > 0;
  return { service, model, subscription, plan, price, charges, added: additionsOf(call, llm, service) };
}

/** From here on the call is one of this target's: its price, its seller, what that one adds. */
export function bindTarget(call: Call, target: Target): void {
  call.service = target.service;
  call.subscription = target.subscription;
  call.plan = target.plan;
  call.price = target.price;
  call.charges = target.charges;
  if (call.llm === null || target.model === null) return;
  call.llm.upstreamModel = target.model;
  call.llm.added = target.added!;
}

import type { PrincipalSubscription } from '../domain/metering/index.ts';
import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { methodNotAllowed } from './errors.ts';
import { allowsService, assertKeyAllows } from './key-scope.ts';
import { priceInEffect, type CompiledService, type KnownPrincipal } from './snapshot.ts';

/** Stage 3: the service answers, and this key's organization is subscribed to it. */
export function authorize(call: Call): void | Promise<void> {
  const principal = call.principal!;
  if (principal.organizationStatus !== 'active') {
    throw new AppError('forbidden', 'This organization is suspended.');
  }
  assertKeyAllows(call, principal);
  // Behind the model door the model names the service; `compose` finds it.
  if (call.door === 'model') return;
  if (call.door === 'endpoint') return authorizeEndpoint(call, principal);
  const service = call.parts.snapshot.services.peek(call.serviceReference);
  if (service === undefined) {
    return call.parts.snapshot.services
      .load(call.serviceReference)
      .then((loaded) => admit(call, principal, loaded));
  }
  admit(call, principal, service);
}

/** Custom paths stand for one service each. */
async function authorizeEndpoint(call: Call, principal: KnownPrincipal): Promise<void> {
  const { endpoints, services } = call.parts.snapshot;
  const path = call.restPath.slice(1);
  const known = endpoints.peek(path);
  const endpoint = known === undefined ? await endpoints.load(path) : known;
  if (endpoint === null) throw new AppError('not_found', `There is nothing at ${call.restPath}.`);
  if (call.method !== 'POST') throw methodNotAllowed(['POST'], 'Custom paths are called with POST.');
  call.endpoint = endpoint;
  call.restPath = '';
  call.serviceReference = endpoint.serviceId;
  const service = services.peek(endpoint.serviceId);
  admit(call, principal, service === undefined ? await services.load(endpoint.serviceId) : service);
}

/** Binds the call to a service, a subscription and the price in effect, or refuses it. */
export function admit(call: Call, principal: KnownPrincipal, service: CompiledService | null): void {
  if (service === null || !isVisible(service, principal)) {
    throw new AppError('service_not_found', 'There is no service with this name.');
  }
  call.service = service;
  const subscription = principal.subscriptionByService.get(service.id);
  if (subscription === undefined || !isUsable(subscription, call)) {
    throw new AppError(
      'subscription_required',
      subscription?.status === 'pending_payment'
        ? 'The subscription waits for its first payment.'
        : subscription?.status === 'past_due'
          ? 'A payment for the subscription is past due. Pay it to call this service again.'
          : `Subscribe to this service first: ${call.parts.publicUrl}/services/${service.slug}`,
    );
  }
  if (
    (principal.keySubscriptionId !== null && principal.keySubscriptionId !== subscription.id) ||
    !allowsService(principal, service)
  ) {
    throw new AppError('key_not_allowed', 'This key is for another service.');
  }
  if (service.status === 'paused' && service.organizationId !== principal.organizationId) {
    throw new AppError('no_healthy_upstream', 'The seller has paused this service.', {
      retryAfterSeconds: 60,
    });
  }
  const plan = service.planById.get(subscription.planId);
  const price = plan && priceInEffect(plan, call.parts.clock.now() + service.clockOffsetMs);
  if (!plan || !price) throw new AppError('price_missing', 'The plan of this subscription has no price yet.');
  call.subscription = subscription;
  call.plan = plan;
  call.price = price;
}

/** Calls go on for a while although a payment is past due. */
export function isUsable({ status, graceUntilMs }: PrincipalSubscription, call: Call): boolean {
  if (status === 'active') return true;
  const nowMs = call.parts.clock.now() + call.principal!.clockOffsetMs;
  return status === 'past_due' && graceUntilMs !== null && nowMs < graceUntilMs;
}

/**
 * Published ones for everybody; retired ones for those still subscribed; drafts for the seller's own
 * keys, to try them.
 */
export function isVisible(service: CompiledService, principal: KnownPrincipal): boolean {
  if (service.organizationStatus !== 'active') return false;
  if (service.status === 'published' || service.status === 'paused') return true;
  if (service.status === 'archived') return principal.subscriptionByService.has(service.id);
  return (
    service.organizationId === principal.organizationId &&
    (service.status === 'draft' || service.status === 'in_review')
  );
}

/** What a key was narrowed to. Empty lists allow everything that the organization may do. */
import { isInRanges } from '../lib/address-range.ts';
import { AppError } from '../lib/app-error.ts';
import { matchesGlob } from '../lib/glob.ts';
import type { Call } from './call.ts';
import type { CompiledService, KnownPrincipal } from './snapshot.ts';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @throws AppError `key_not_allowed` when the key is not for this method or this address. */
export function assertKeyAllows(call: Call, principal: KnownPrincipal): void {
  const permission = READING.has(call.method) ? 'read' : 'write';
  if (!principal.keyPermissions.includes(permission)) {
    throw new AppError(
      'key_not_allowed',
      permission === 'write' ? 'This key may only read.' : 'This key may not read.',
    );
  }
  if (principal.allowedAddresses.length > 0 && !isInRanges(call.address, principal.allowedAddresses)) {
    throw new AppError('key_not_allowed', 'This key may not be used from this address.');
  }
}

/** True when the key may call this service. */
export function allowsService(principal: KnownPrincipal, service: CompiledService): boolean {
  const { allowedServiceIds } = principal;
  return allowedServiceIds.length === 0 || allowedServiceIds.includes(service.id);
}

/** What the key was narrowed to, by its subscription or by name; undefined: every service. */
export function servicesOf(principal: KnownPrincipal): string[] | undefined {
  const { keySubscriptionId, subscriptions, allowedServiceIds } = principal;
  if (keySubscriptionId === null) return allowedServiceIds.length === 0 ? undefined : allowedServiceIds;
  const own = subscriptions.filter(({ id }) => id === keySubscriptionId).map(({ serviceId }) => serviceId);
  return own.filter((id) => allowedServiceIds.length === 0 || allowedServiceIds.includes(id));
}

/**
 * True when the key may use this model of the service; patterns may name the service too. An alias counts by its
 * whole name only: what a pattern happens to match is the seller's choice.
 */
export function allowsModel(principal: KnownPrincipal, service: CompiledService, model: string): boolean {
  const { allowedModels } = principal;
  if (allowedModels.length === 0) return true;
  const { slug, modelAliases } = service;
  const aliases = Object.keys(modelAliases).filter((alias) => modelAliases[alias] === model);
  return allowedModels.some(
    (pattern) =>
      matchesGlob(pattern, model) ||
      matchesGlob(pattern, `${slug}/${model}`) ||
      aliases.some((alias) => pattern === alias || pattern === `${slug}/${alias}`),
  );
}

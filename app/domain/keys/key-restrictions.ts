import { and, count, eq, gt, inArray, isNull, ne, or } from 'drizzle-orm';
import { keys, services, subscriptions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';

/** Every process keeps all live keys in memory, so nobody may make them without end. */
export const MAX_ACTIVE_KEYS = 200;

/** @throws AppError `invalid_request` when the expiry is over already. */
export function assertFuture(ctx: Context, expiresAt: Date | null | undefined): void {
  if (!expiresAt || expiresAt.getTime() > ctx.clock.now()) return;
  throw new AppError('invalid_request', 'The expiry lies in the past.', {
    issues: [{ field: 'expiresAt', reason: 'invalid' }],
  });
}

/** @throws AppError `conflict` when the organization has as many live keys as it may have. */
export async function assertRoomForKey(ctx: Context, organizationId: string): Promise<void> {
  const [live] = await ctx.db
    .select({ keys: count() })
    .from(keys)
    .where(
      and(
        eq(keys.organizationId, organizationId),
        ne(keys.status, 'revoked'),
        or(isNull(keys.expiresAt), gt(keys.expiresAt, ctx.clock.date())),
      ),
    );
  if (live && live.keys >= MAX_ACTIVE_KEYS) {
    throw new AppError('conflict', `There are ${MAX_ACTIVE_KEYS} active keys. Revoke one you no longer use.`);
  }
}

/**
 * Ids of the services that a key is narrowed to; each must be one the organization is subscribed to.
 * @param references ids or slugs.
 * @throws AppError `invalid_request`.
 */
export async function resolveServices(
  ctx: Context,
  organizationId: string,
  references: string[],
): Promise<string[]> {
  if (references.length === 0) return [];
  const rows = await ctx.db
    .selectDistinct({ id: services.id, slug: services.slug })
    .from(subscriptions)
    .innerJoin(services, eq(services.id, subscriptions.serviceId))
    .where(
      and(
        eq(subscriptions.organizationId, organizationId),
        ne(subscriptions.status, 'canceled'),
        or(inArray(services.id, references), inArray(services.slug, references)),
      ),
    );
  const found = references.map((reference) =>
    rows.find(({ id, slug }) => reference === id || reference === slug),
  );
  const unknown = references.filter((_, index) => found[index] === undefined);
  if (unknown.length > 0) {
    throw new AppError('invalid_request', `You are not subscribed to: ${unknown.join(', ')}.`, {
      issues: [{ field: 'allowedServiceIds', reason: 'invalid_choice' }],
    });
  }
  return [...new Set(found.flatMap((service) => (service ? [service.id] : [])))];
}

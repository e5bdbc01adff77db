import { and, count, eq } from 'drizzle-orm';
import { keys, services, subscriptions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { insertKey, type IssuedKey } from '../keys/index.ts';
import { issueFirstKeySchema } from './schemas.ts';

/**
 * The key that comes with a subscription that was paid for: made once, by the buyer, when the
 * payment has arrived (a webhook has nobody to show a secret to).
 * @returns null when the subscription is not active or has had a key already.
 * @throws AppError `forbidden`, `not_found`.
 */
export async function issueFirstKey(
  ctx: Context,
  input: { subscriptionId: string; name?: string },
): Promise<IssuedKey | null> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { subscriptionId, name } = parseInput(issueFirstKeySchema, input);
  return withTransaction(ctx, async (tx) => {
    // The lock makes two open return pages take turns, so that only one of them gets a key.
    const [row] = await tx.db
      .select({ status: subscriptions.status, serviceName: services.name })
      .from(subscriptions)
      .innerJoin(services, eq(services.id, subscriptions.serviceId))
      .where(
        and(eq(subscriptions.id, subscriptionId), eq(subscriptions.organizationId, actor.organizationId)),
      )
      .for('update', { of: subscriptions });
    if (!row) throw new AppError('not_found', 'There is no such subscription.');
    if (row.status !== 'active') return null;
    const [had] = await tx.db
      .select({ keys: count() })
      .from(keys)
      .where(and(eq(keys.organizationId, actor.organizationId), eq(keys.subscriptionId, subscriptionId)));
    if (had && had.keys > 0) return null;
    return insertKey(tx, actor, { name: name ?? defaultKeyName(row.serviceName), subscriptionId });
  });
}

/** Keys carry the service's name until somebody gives them another. */
export function defaultKeyName(serviceName: string): string {
  return serviceName.slice(0, 64);
}

import type { Context } from '../../app/domain/context.ts';
import { reconcileStripe as reconcile } from '../../app/domain/stripe-events/index.ts';

export async function reconcileStripe(ctx: Context): Promise<void> {
  await reconcile(ctx);
}

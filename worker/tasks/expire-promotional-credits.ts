import type { Context } from '../../app/domain/context.ts';
import { expirePromotionalCredits as expire } from '../../app/domain/promotions/index.ts';

export async function expirePromotionalCredits(ctx: Context): Promise<void> {
  await expire(ctx);
}

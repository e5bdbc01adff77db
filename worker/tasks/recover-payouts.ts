import type { Context } from '../../app/domain/context.ts';
import { recoverPayouts as recover } from '../../app/domain/payouts/index.ts';
import type { JobPayload } from '../jobs.ts';
import { writeRefusedReversal } from './payout-mails.ts';

export async function recoverPayouts(
  ctx: Context,
  { organizationId }: JobPayload<'recover_payouts'>,
): Promise<void> {
  await recover(ctx, { organizationId, write: writeRefusedReversal });
}

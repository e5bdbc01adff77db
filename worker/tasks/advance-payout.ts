import type { Context } from '../../app/domain/context.ts';
import { advancePayout as advance } from '../../app/domain/payouts/index.ts';
import type { JobPayload } from '../jobs.ts';
import { writeFailedPayout, writeRefusedReversal } from './payout-mails.ts';

export async function advancePayout(ctx: Context, { payoutId }: JobPayload<'advance_payout'>): Promise<void> {
  await advance(ctx, { payoutId, write: writeFailedPayout, writeReversal: writeRefusedReversal });
}

import { parseInput } from '../../lib/parse-input.ts';
import type { Context } from '../context.ts';
import { findDispute, type DisputeDetail } from './dispute-view.ts';
import { getDisputeSchema, type GetDisputeInput } from './schemas.ts';

/** @throws AppError `not_found`, also for other organizations' disputes. */
export async function getDispute(ctx: Context, input: GetDisputeInput): Promise<DisputeDetail> {
  return findDispute(ctx, parseInput(getDisputeSchema, input));
}

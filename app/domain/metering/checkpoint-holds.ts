import type { HoldCheckpoint } from '../../../db/schema/index.ts';
import type { MeteringContext } from './metering-context.ts';

export interface CheckpointInput {
  /** The buyer. */
  organizationId: string;
  requestId: string;
  checkpoint: HoldCheckpoint;
}

/** Writes down what running calls have delivered: they are settled by it should their process die. */
export async function checkpointHolds(
  { sql }: MeteringContext,
  checkpoints: readonly CheckpointInput[],
): Promise<void> {
  await sql`
    select checkpoint_holds(${checkpoints.map(({ organizationId }) => organizationId)}::text[],
      ${checkpoints.map(({ requestId }) => requestId)}::text[],
      ${checkpoints.map(({ checkpoint }) => JSON.stringify(checkpoint))}::text[])`;
}

import {
  holdCalls,
  type HoldAnswer,
  type HoldRequest,
  type MeteringContext,
} from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import { withDeadline } from './deadline.ts';
import { storageUnavailable } from './snapshot.ts';

export interface HoldOptions {
  metering: MeteringContext;
  logger: Logger;
  deadlineMs: number;
  /** Gives back a hold that the database granted after its call had been refused. */
  releaseLate: (request: HoldRequest) => void;
}

export interface WaitingHold {
  request: HoldRequest;
  resolve: (answer: HoldAnswer) => void;
  reject: (error: Error) => void;
}

/** Plain holds are one statement, counted ones a transaction per organization: each fails by itself. */
export function partsOf(waiting: WaitingHold[]): { plain: WaitingHold[]; counted: WaitingHold[][] } {
  const plain = waiting.filter(({ request }) => !request.counted);
  if (plain.length === waiting.length) return { plain, counted: [] };
  const counted = waiting.filter(({ request }) => request.counted);
  return { plain, counted: [...Map.groupBy(counted, ({ request }) => request.organizationId).values()] };
}

/** @param query what sets the money aside, when it is under way already. */
export async function runHolds(
  waiting: WaitingHold[],
  options: HoldOptions,
  query: Promise<Map<string, HoldAnswer>> = holdCalls(
    options.metering,
    waiting.map(({ request }) => request),
  ),
): Promise<void> {
  try {
    const answers = await withDeadline(query, options.deadlineMs);
    for (const { request, resolve } of waiting) resolve(answers.get(request.requestId)!);
  } catch (error) {
    options.logger.error({ err: error, holds: waiting.length }, 'holds failed');
    for (const { reject } of waiting) reject(storageUnavailable(error));
    releaseWhenLate(query, waiting, options);
  }
}

/** A frozen database may still grant what nobody waits for any more. */
function releaseWhenLate(
  query: Promise<Map<string, HoldAnswer>>,
  waiting: WaitingHold[],
  options: HoldOptions,
): void {
  query.then(
    (answers) => {
      for (const { request } of waiting) {
        const isNew = (request.mode ?? 'new') === 'new';
        // More for a running call is given back when that one is settled.
        if (isNew && answers.get(request.requestId)?.refusal === null) options.releaseLate(request);
      }
    },
    () => undefined,
  );
}

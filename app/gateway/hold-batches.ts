import {
  holdCalls,
  type HoldAnswer,
  type HoldRequest,
  type MeteringContext,
} from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import { Batcher } from './batcher.ts';
import { withDeadline } from './deadline.ts';
import { storageUnavailable } from './snapshot.ts';

export interface Holder {
  /**
   * Sets money and units of quotas aside, or says why not.
   * @throws AppError `storage_unavailable` when the database does not answer in time.
   */
  hold(request: HoldRequest): Promise<HoldAnswer>;
  drain(): Promise<void>;
}

export interface HolderOptions {
  metering: MeteringContext;
  logger: Logger;
  deadlineMs: number;
  /** Gives back a hold that the database granted after its call had been refused. */
  releaseLate: (request: HoldRequest) => void;
}

interface Waiting {
  request: HoldRequest;
  resolve: (answer: HoldAnswer) => void;
  reject: (error: Error) => void;
}

const MAX_HOLDS = 500;
const MAX_IN_FLIGHT = 3;
const PATIENCE_MS = 20;

/** One round trip sets money aside for all calls that arrived while the last one was under way. */
export function createHolder(options: HolderOptions): Holder {
  const batcher = new Batcher<Waiting>({
    run: async (waiting) => {
      await Promise.all(partsOf(waiting).map((part) => runBatch(part, options)));
    },
    maxItems: MAX_HOLDS,
    maxInFlight: MAX_IN_FLIGHT,
    lingerMs: () => 0,
    patienceMs: PATIENCE_MS,
  });
  return {
    hold: (request) => new Promise((resolve, reject) => batcher.add({ request, resolve, reject })),
    drain: () => batcher.drain(),
  };
}

/** Plain holds are one statement, counted ones a transaction per organization: each fails by itself. */
function partsOf(waiting: Waiting[]): Waiting[][] {
  if (waiting.every(({ request }) => !request.counted)) return [waiting];
  const parts = Map.groupBy(waiting, ({ request }) => (request.counted ? request.organizationId : ''));
  return [...parts.values()];
}

async function runBatch(waiting: Waiting[], options: HolderOptions): Promise<void> {
  const query = holdCalls(
    options.metering,
    waiting.map(({ request }) => request),
  );
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
  waiting: Waiting[],
  options: HolderOptions,
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

/**
 * Serves calls that begin and calls that end together: one round trip, one commit and one lock of each wallet
 * for what all of them want. Two statements side by side would wait for each other's commits wherever a
 * buyer has calls of both kinds, and busy buyers always have.
 */
import {
  settleAndHold,
  type HoldAnswer,
  type HoldRequest,
  type MeteringContext,
  type Settlement,
  type UsageEventInput,
} from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import { Batcher } from './batcher.ts';
import { partsOf, type WaitingHold } from './hold-batches.ts';
import type { WaitingSettle } from './settle-batches.ts';

export interface Teller {
  /**
   * Sets money and units of quotas aside, or says why not.
   * @throws AppError `storage_unavailable` when the database does not answer in time.
   */
  hold(request: HoldRequest): Promise<HoldAnswer>;
  /**
   * Resolves when the charge is durable: committed, or on disk while the database is away.
   * @returns what was charged, or will be.
   */
  settle(event: UsageEventInput): Promise<Nanos>;
  drain(): Promise<void>;
}

export interface TellerOptions {
  metering: MeteringContext;
  /** Must answer everybody, whatever becomes of the query; without one it makes its own. */
  runHolds: (waiting: WaitingHold[], query?: Promise<Map<string, HoldAnswer>>) => Promise<void>;
  runSettles: (waiting: WaitingSettle[], query?: Promise<Settlement>) => Promise<void>;
}

type Task = { hold: WaitingHold } | { settle: WaitingSettle };

const MAX_TASKS = 1_000;
const MAX_IN_FLIGHT = 3;
const PATIENCE_MS = 20;

export function createTeller(options: TellerOptions): Teller {
  const batcher = new Batcher<Task>({
    run: (tasks) => serve(tasks, options),
    maxItems: MAX_TASKS,
    maxInFlight: MAX_IN_FLIGHT,
    lingerMs: () => 0,
    patienceMs: PATIENCE_MS,
  });
  return {
    hold: (request) => new Promise((resolve, reject) => batcher.add({ hold: { request, resolve, reject } })),
    settle: (event) => new Promise((resolve) => batcher.add({ settle: { event, resolve } })),
    drain: () => batcher.drain(),
  };
}

async function serve(tasks: Task[], { metering, runHolds, runSettles }: TellerOptions): Promise<void> {
  const holds: WaitingHold[] = [];
  const settles: WaitingSettle[] = [];
  for (const task of tasks) {
    if ('hold' in task) holds.push(task.hold);
    else settles.push(task.settle);
  }
  const { plain, counted } = partsOf(holds);
  const apart = counted.map((part) => runHolds(part));
  if (plain.length > 0 && settles.length > 0) {
    const { settlement, answers } = settleAndHold(
      metering,
      settles.map(({ event }) => event),
      plain.map(({ request }) => request),
    );
    apart.push(runSettles(settles, settlement), runHolds(plain, answers));
  } else if (plain.length > 0) apart.push(runHolds(plain));
  else if (settles.length > 0) apart.push(runSettles(settles));
  await Promise.all(apart);
}

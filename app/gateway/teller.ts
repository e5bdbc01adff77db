/**
 * Serves calls that begin and calls that end, many of them with one round trip and one commit. Calls that end
 * wait for the journal only, never for a wallet, and calls of busy buyers begin without one.
 */
import type { HoldAnswer, HoldRequest, UsageEventInput } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import type { Allowances } from './allowances.ts';
import { Batcher, type BatcherOptions } from './batcher.ts';
import { partsOf, type WaitingHold } from './hold-batches.ts';
import type { Settler, WaitingSettle } from './settle-batches.ts';
import type { SettleJournal } from './settle-journal.ts';

export interface Teller {
  /**
   * Sets money and units of quotas aside, or says why not.
   * @throws AppError `storage_unavailable` when the database does not answer in time.
   */
  hold(request: HoldRequest): Promise<HoldAnswer>;
  /**
   * Resolves when the charge is durable: committed, or on disk while the database is away.
   * @param counts whether units are counted or were set aside: then the next call's price depends on it, and it
   *   is settled at once.
   * @returns what was charged, or will be.
   */
  settle(event: UsageEventInput, counts: boolean): Promise<Nanos>;
  drain(): Promise<void>;
}

export interface TellerOptions {
  /** Must answer everybody, whatever becomes of the query. */
  runHolds: (waiting: WaitingHold[]) => Promise<void>;
  /** Returns those that it did not answer. */
  runAllowed: (waiting: WaitingHold[]) => Promise<WaitingHold[]>;
  allowances: Pick<Allowances, 'take' | 'held' | 'giveBack'>;
  settler: Pick<Settler, 'settleAll'>;
  journal: Pick<SettleJournal, 'write' | 'isFull' | 'drain'>;
}

const BATCHES: Omit<BatcherOptions<unknown>, 'run'> = {
  maxItems: 1_000,
  maxInFlight: 3,
  lingerMs: () => 0,
  patienceMs: 20,
};

export function createTeller(options: TellerOptions): Teller {
  const { runHolds, runAllowed, allowances, settler, journal } = options;
  const holds = new Batcher<WaitingHold>({
    ...BATCHES,
    run: async (waiting) => {
      const { plain, counted } = partsOf(waiting);
      await Promise.all([plain.length > 0 && runHolds(plain), ...counted.map((part) => runHolds(part))]);
    },
  });
  const allowed = new Batcher<WaitingHold>({
    ...BATCHES,
    run: async (waiting) => {
      const short = new Set(await runAllowed(waiting));
      for (const one of waiting) {
        allowances.held(one.request, !short.has(one));
        if (short.has(one)) holds.add(one);
      }
    },
  });
  const finished = new Batcher<WaitingSettle>({ ...BATCHES, run: (waiting) => journal.write(waiting) });
  const atOnce = new Batcher<WaitingSettle>({ ...BATCHES, run: (waiting) => settler.settleAll(waiting) });
  return {
    hold: (request) =>
      new Promise((resolve, reject) =>
        (allowances.take(request) ? allowed : holds).add({ request, resolve, reject }),
      ),
    settle: (event, counts) =>
      new Promise((resolve) => (counts || journal.isFull ? atOnce : finished).add({ event, resolve })),
    async drain() {
      await allowed.drain();
      await Promise.all([holds.drain(), atOnce.drain(), finished.drain()]);
      await journal.drain();
      await allowances.giveBack();
    },
  };
}

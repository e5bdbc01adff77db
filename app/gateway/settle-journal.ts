import type { Lane } from '../../db/client.ts';
import {
  applyJournalled,
  journalSettles,
  settleJournalled,
  type JournalledCalls,
  type MeteringContext,
} from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import { Batcher } from './batcher.ts';
import { withDeadline } from './deadline.ts';
import { isAway, type Settler, type WaitingSettle } from './settle-batches.ts';

/** What finished calls cost, written down before their last byte and settled behind it. */
export interface SettleJournal {
  /** Answers everybody once the calls are durable: committed, or on disk while the database is away. */
  write(waiting: WaitingSettle[]): Promise<void>;
  /** True while so many calls wait to be settled that others had better settle themselves. */
  readonly isFull: boolean;
  /** Settles what calls of these buyers have left, of whatever process. */
  settleFor(organizationIds: string[]): Promise<void>;
  /** Resolves when nothing that this process has written waits to be settled. */
  settled(): Promise<void>;
  /** Settles what dead processes have left, now and from time to time. */
  start(): Promise<void>;
  drain(): Promise<void>;
  close(): void;
}

export interface SettleJournalOptions {
  metering: MeteringContext;
  /** Every plain paid call goes through these. */
  lanes: { write: Lane; apply: Lane };
  settler: Settler;
  logger: Logger;
  deadlineMs: number;
  /** Called after events were written. */
  onSettled: () => void;
}

/** Holds of the same buyer wait as long as one of these takes. */
const MAX_CALLS = 200;
/** A batch costs as much as twenty calls: company is worth waiting for. */
const LINGER_MS = 25;
/** More rows than this have waited long enough while the last batch was under way. */
const MANY_ROWS = 16;
/** More finished calls than this behind the wallets, and the journal would only defer the work. */
const MAX_WAITING_ROWS = 1_000;
const APPLY_DEADLINE_MS = 10_000;
const LEFTOVERS_MS = 2_000;
/** A process that lives has settled its own by then. */
const LEFTOVER_SECONDS = 3;

export function createSettleJournal(options: SettleJournalOptions): SettleJournal {
  const { metering, lanes, settler, logger, onSettled } = options;
  const behind: Batcher<JournalledCalls> = new Batcher<JournalledCalls>({
    run: apply,
    maxItems: MAX_CALLS,
    sizeOf: ({ events }) => events.length,
    maxInFlight: 1,
    lingerMs: (): number => (behind.waiting > MANY_ROWS ? 0 : LINGER_MS),
    patienceMs: 0,
  });
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | null = null;

  /** What fails stays in the journal, and is a leftover of this process. */
  async function apply(rows: JournalledCalls[]): Promise<void> {
    try {
      const applied = lanes.apply.use((sql) => applyJournalled({ sql }, rows));
      await withDeadline(applied, APPLY_DEADLINE_MS);
      onSettled();
    } catch (error) {
      logger.error({ err: error, rows: rows.length }, 'journalled calls could not be settled');
      if (isAway(error)) return;
      await settleFor(rows.map(({ organizationId }) => organizationId)).catch(report);
    }
  }

  async function settleFor(organizationIds: string[]): Promise<void> {
    await settlePart({ organizationIds });
  }

  async function settlePart(part: Parameters<typeof settleJournalled>[1]): Promise<void> {
    const calls = await settleJournalled(metering, part, settler.settleApart);
    if (calls > 0) onSettled();
  }

  function sweep(minAgeSeconds: number): Promise<void> {
    sweeping ??= settlePart({ minAgeSeconds })
      .catch(report)
      .finally(() => (sweeping = null));
    return sweeping;
  }

  function report(error: unknown): void {
    if (!isAway(error)) logger.error({ err: error }, 'settling the journal failed');
  }

  return {
    get isFull() {
      return behind.waiting >= MAX_WAITING_ROWS;
    },
    async write(waiting) {
      const events = waiting.map(({ event }) => event);
      try {
        const written = lanes.write.use((sql) => journalSettles({ sql }, events));
        for (const row of await withDeadline(written, options.deadlineMs)) behind.add(row);
      } catch (error) {
        logger.error({ err: error, events: events.length }, 'usage goes to the spool');
        await settler.spill(events);
      }
      for (const { event, resolve } of waiting) resolve(BigInt(event.charge_nanos));
    },
    settleFor,
    settled: () => behind.drain(),
    async start() {
      timer = setInterval(() => void sweep(LEFTOVER_SECONDS), LEFTOVERS_MS).unref();
      await sweep(0);
    },
    async drain() {
      await behind.drain();
      await sweeping;
      await sweep(0);
    },
    close: () => clearInterval(timer),
  };
}

import {
  isDatabaseUnavailable,
  settleCalls,
  type MeteringContext,
  type UsageEventInput,
} from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import type { Nanos } from '../lib/money.ts';
import { Batcher } from './batcher.ts';
import { DeadlineError, withDeadline } from './deadline.ts';
import type { Spool } from './spool.ts';

export interface Settler {
  /** Writes behind: for calls that cost nothing. */
  record(event: UsageEventInput): void;
  /**
   * Tells everybody what was charged, or will be, when it is durable: committed, or on disk while the database
   * is away.
   */
  settleAll(waiting: WaitingSettle[]): Promise<void>;
  /** Keeps events on disk while the database is away. */
  spill(events: UsageEventInput[]): Promise<void>;
  /**
   * Settles events that the database refuses together for what they are.
   * @throws when the database is away.
   */
  settleApart(events: UsageEventInput[]): Promise<void>;
  start(): Promise<void>;
  drain(): Promise<void>;
  close(): void;
}

export interface SettlerOptions {
  metering: MeteringContext;
  spool: Spool;
  logger: Logger;
  deadlineMs: number;
  /** Called after events were written. */
  onSettled: () => void;
}

export interface WaitingSettle {
  event: UsageEventInput;
  resolve: (chargeNanos: Nanos) => void;
}

const MAX_EVENTS = 1_000;
const LINGER_MS = 20;
/** While the database is away: fewer, larger files. */
const AWAY_LINGER_MS = 250;
const REPLAY_MS = 1_000;
/** Write-behind does not wait for an answer in a hurry. */
const RECORD_DEADLINE_MS = 10_000;
/** More unwritten events than this go to disk at once: memory is bounded. */
const MAX_WAITING = 50_000;

/** Turns finished calls into usage events, many per statement. */
export function createSettler(options: SettlerOptions): Settler {
  const { spool, logger, onSettled } = options;
  const free = new Batcher<UsageEventInput>({
    run: async (events) => void (await write(events, RECORD_DEADLINE_MS, options)),
    maxItems: MAX_EVENTS,
    maxInFlight: 1,
    lingerMs: () => (spool.size > 0 ? AWAY_LINGER_MS : LINGER_MS),
    patienceMs: 0,
  });
  let replayTimer: NodeJS.Timeout | undefined;
  let replaying: Promise<void> | null = null;

  function replay(): Promise<void> {
    replaying ??= spool
      .replay(async (events) => {
        await settleOrSetAside(events, RECORD_DEADLINE_MS, options);
        onSettled();
      })
      .catch((error: unknown) => {
        if (!isAway(error)) logger.error({ err: error }, 'replaying the usage spool failed');
      })
      .finally(() => (replaying = null));
    return replaying;
  }

  return {
    record(event) {
      if (free.waiting < MAX_WAITING) free.add(event);
      else void spill([event], options);
    },
    async settleAll(waiting) {
      const events = waiting.map(({ event }) => event);
      const charges = await write(events, options.deadlineMs, options);
      for (const { event, resolve } of waiting)
        resolve(charges.get(event.request_id) ?? BigInt(event.charge_nanos));
    },
    spill: (events) => spill(events, options),
    settleApart: async (events) => void (await settleOrSetAside(events, RECORD_DEADLINE_MS, options)),
    async start() {
      replayTimer = setInterval(() => {
        if (spool.size > 0) void replay();
      }, REPLAY_MS).unref();
      await replay();
    },
    async drain() {
      await free.drain();
      if (spool.size > 0) await replay();
    },
    close: () => clearInterval(replayTimer),
  };
}

async function write(
  events: UsageEventInput[],
  deadlineMs: number,
  options: SettlerOptions,
): Promise<Map<string, Nanos>> {
  try {
    const charges = await settleOrSetAside(events, deadlineMs, options);
    options.onSettled();
    return charges;
  } catch (error) {
    options.logger.error({ err: error, events: events.length }, 'usage goes to the spool');
    await spill(events, options);
    return new Map();
  }
}

async function spill(events: UsageEventInput[], { spool, logger }: SettlerOptions): Promise<void> {
  try {
    await spool.write(events);
  } catch (error) {
    // The holds stay open and the sweeper gives them back; the ids are all that is left of the calls.
    logger.fatal(
      { err: error, requestIds: events.map((event) => event.request_id) },
      'usage events are lost',
    );
  }
}

/**
 * Settles, finding the events that the database refuses for what they are by halving, so that one of
 * them cannot keep the others from being written.
 * @throws when the database is away.
 */
async function settleOrSetAside(
  events: UsageEventInput[],
  deadlineMs: number,
  options: SettlerOptions,
): Promise<Map<string, Nanos>> {
  try {
    const { charges } = await withDeadline(settleCalls(options.metering, events), deadlineMs);
    return charges;
  } catch (error) {
    if (isAway(error)) throw error;
    if (events.length === 1) {
      options.logger.error({ err: error, requestId: events[0]!.request_id }, 'a usage event was refused');
      await options.spool.setAside(events);
      return new Map();
    }
    const half = Math.ceil(events.length / 2);
    const first = await settleOrSetAside(events.slice(0, half), deadlineMs, options);
    const rest = await settleOrSetAside(events.slice(half), deadlineMs, options);
    return new Map([...first, ...rest]);
  }
}

/** The database did not answer, or not in time. */
export function isAway(error: unknown): boolean {
  return error instanceof DeadlineError || isDatabaseUnavailable(error);
}

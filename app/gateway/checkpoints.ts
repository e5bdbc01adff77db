import type { HoldCheckpoint } from '../../db/schema/index.ts';
import { checkpointHolds, type CheckpointInput, type MeteringContext } from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';

/** Says how far a call has come; null when it is where it was. */
export type DescribeProgress = () => HoldCheckpoint | null;

interface Watched {
  organizationId: string;
  describe: DescribeProgress;
}

export interface CheckpointsOptions {
  metering: MeteringContext;
  logger: Logger;
}

const INTERVAL_MS = 1_000;
const MAX_CHECKPOINTS = 500;

/**
 * Writes down how far running answers have come, all of them once a second: should this process die, they
 * are paid for that far. Answers that end before are never written.
 */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #running = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  watch(requestId: string, watched: Watched): void {
    this.#running.set(requestId, watched);
    this.#timer ??= setInterval(() => void this.write(), INTERVAL_MS).unref();
  }

  forget(requestId: string): void {
    this.#running.delete(requestId);
  }

  /** One round at a time: a slow database gets no more of them than it can take. */
  write(): Promise<void> {
    this.#writing ??= this.#write().finally(() => (this.#writing = null));
    return this.#writing;
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#running.clear();
  }

  async #write(): Promise<void> {
    if (this.#running.size === 0) {
      if (this.#timer) clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    const checkpoints: CheckpointInput[] = [];
    for (const [requestId, { organizationId, describe }] of this.#running) {
      const checkpoint = describe();
      if (checkpoint) checkpoints.push({ organizationId, requestId, checkpoint });
    }
    try {
      for (let i = 0; i < checkpoints.length; i += MAX_CHECKPOINTS)
        await checkpointHolds(this.#options.metering, checkpoints.slice(i, i + MAX_CHECKPOINTS));
    } catch (error) {
      this.#options.logger.warn({ err: error, calls: checkpoints.length }, 'checkpoints were not written');
    }
  }
}

import { recordRefusals, type MeteringContext, type RefusalCount } from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import type { Call } from './call.ts';

export interface RefusalCounter {
  /** Counts a call that was refused after its key was known. */
  count(call: Call, code: string): void;
  flush(): Promise<void>;
  close(): void;
}

const FLUSH_MS = 1_000;
const MAX_COUNTS = 10_000;

/** Refusals cost nothing and are no usage events; they are summed in memory and written every second. */
export function createRefusalCounter(metering: MeteringContext, logger: Logger): RefusalCounter {
  let counts = new Map<string, RefusalCount>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (counts.size === 0) return;
    const written = counts;
    counts = new Map();
    try {
      await recordRefusals(metering, [...written.values()]);
    } catch (error) {
      logger.warn({ err: error, counts: written.size }, 'refusals could not be counted');
      for (const count of written.values()) add(count);
      schedule();
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => void flush(), FLUSH_MS).unref();
  }

  function add(count: RefusalCount): void {
    const id = `${count.keyId} ${count.serviceId} ${count.code}`;
    const known = counts.get(id);
    if (known) known.refusals += count.refusals;
    else if (counts.size < MAX_COUNTS) counts.set(id, count);
  }

  return {
    count(call, code) {
      const { organizationId, keyId } = call.principal!;
      add({ organizationId, keyId, serviceId: call.service?.id ?? '', code, refusals: 1 });
      schedule();
    },
    flush,
    close: () => clearTimeout(timer),
  };
}

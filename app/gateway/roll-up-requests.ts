import type { Logger } from '../infra/logger.ts';

export interface RollUpRequests {
  /** Asks for a roll-up within two seconds; more requests until then are the same one. */
  request(): void;
  close(): void;
}

const DEBOUNCE_MS = 2_000;

/** Off the hot path: usage pages are fresh a moment after the calls, whatever the traffic. */
export function createRollUpRequests(options: {
  enqueue: () => Promise<void>;
  logger: Logger;
}): RollUpRequests {
  let timer: NodeJS.Timeout | undefined;
  return {
    request() {
      timer ??= setTimeout(() => {
        timer = undefined;
        options.enqueue().catch((error: unknown) => {
          // The recurring roll-up catches up.
          options.logger.warn({ err: error }, 'a roll-up could not be asked for');
        });
      }, DEBOUNCE_MS).unref();
    },
    close: () => clearTimeout(timer),
  };
}

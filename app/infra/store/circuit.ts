import type { Logger } from '../logger.ts';

/** Keeps a dead server from costing every caller its timeout. */
export interface Circuit {
  /** True when the server should be asked; false while it is known to be away, and looked for now and then. */
  mayTry(): boolean;
  /** True while the server is known to be away; asking changes nothing. */
  readonly isOpen: boolean;
  succeeded(): void;
  failed(error: unknown): void;
}

const RETRY_EVERY_MS = 1_000;

/**
 * After a failure callers do without, and one a second sets off `probe`, which nobody waits for. Says
 * once that the server went and once that it is back. Times are the process's own: a moved test clock
 * must not keep a circuit open.
 */
export function createCircuit(logger: Pick<Logger, 'warn' | 'info'>, probe: () => Promise<unknown>): Circuit {
  let retryAt = 0;
  let open = false;
  const circuit: Circuit = {
    mayTry() {
      if (!open) return true;
      const now = performance.now();
      if (now >= retryAt) {
        retryAt = now + RETRY_EVERY_MS;
        probe().then(
          () => circuit.succeeded(),
          () => undefined,
        );
      }
      return false;
    },
    get isOpen() {
      return open;
    },
    succeeded() {
      if (!open) return;
      open = false;
      logger.info('redis answers again: rate limits are shared between processes');
    },
    failed(error) {
      retryAt = performance.now() + RETRY_EVERY_MS;
      if (open) return;
      open = true;
      const reason = error instanceof Error ? error.message : 'unknown';
      logger.warn(
        { reason },
        'redis does not answer: each process admits its share of a limit until it does',
      );
    },
  };
  return circuit;
}

import type { Logger } from '../logger.ts';

/** Keeps a dead server from costing every caller its timeout. */
export interface Circuit {
  /** True when the server should be asked; false while it is known to be away. */
  mayTry(): boolean;
  /** True while the server is known to be away; asking changes nothing. */
  readonly isOpen: boolean;
  succeeded(): void;
  failed(error: unknown): void;
}

const RETRY_EVERY_MS = 1_000;

/**
 * After a failure one caller per second tries again, the others do without. Says once that the
 * server went and once that it is back. Times are the process's own: a moved test clock must not
 * keep a circuit open.
 */
export function createCircuit(logger: Pick<Logger, 'warn' | 'info'>): Circuit {
  let retryAt = 0;
  let open = false;
  return {
    mayTry() {
      if (!open) return true;
      const now = performance.now();
      if (now < retryAt) return false;
      retryAt = now + RETRY_EVERY_MS;
      return true;
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
}

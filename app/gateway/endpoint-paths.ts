import type { Sql } from '../../db/client.ts';
import { listEndpointPaths } from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';

const CHANNEL = 'tollgate_changes';
/** Should the news of a change not arrive. */
const RELOAD_MS = 5_000;

/**
 * The custom paths there are, in memory: every page request is compared with them. Whether one is still
 * active, and whose it is, is looked up when it is called.
 */
export class EndpointPaths {
  readonly #sql: Sql;
  readonly #logger: Logger;
  #paths: ReadonlySet<string> = new Set();
  #reloading: Promise<void> | null = null;
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => Promise<void>) | undefined;

  constructor(sql: Sql, logger: Logger) {
    this.#sql = sql;
    this.#logger = logger;
  }

  /** True when a raw request target is a custom path. */
  has(target: string): boolean {
    if (this.#paths.size === 0) return false;
    const question = target.indexOf('?');
    return this.#paths.has(question === -1 ? target.slice(1) : target.slice(1, question));
  }

  async start(): Promise<void> {
    const listening = await this.#sql.listen(
      CHANNEL,
      (payload) => {
        if (payload.startsWith('endpoints:')) void this.#reload();
      },
      () => void this.#reload(),
    );
    this.#unlisten = async () => void (await listening.unlisten());
    this.#timer = setInterval(() => void this.#reload(), RELOAD_MS);
    this.#timer.unref();
    await this.#reload();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#unlisten?.().catch((error: unknown) => this.#logger.debug({ err: error }, 'unlisten failed'));
    await this.#reloading;
  }

  /** One at a time; what changes meanwhile is read once more. */
  #reload(): Promise<void> {
    this.#stale = true;
    this.#reloading ??= this.#readUntilFresh().finally(() => (this.#reloading = null));
    return this.#reloading;
  }

  async #readUntilFresh(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      try {
        this.#paths = new Set(await listEndpointPaths({ sql: this.#sql }));
      } catch (error) {
        this.#logger.warn({ err: error }, 'the custom paths could not be read; those known stay');
      }
    }
  }
}

/**
 * graphile-worker leaves the jobs of a killed process locked for four hours
 * (https://worker.graphile.org/docs/error-handling). Each pool therefore writes that it lives, and
 * whoever lives gives back what dead pools had locked.
 */
import type { WorkerUtils } from 'graphile-worker';
import type { Sql } from '../db/client.ts';
import type { Logger } from '../app/infra/logger.ts';

const BEAT_MS = 10_000;
const DEAD_AFTER_SECONDS = 30;

export interface Heartbeat {
  stop(): Promise<void>;
}

/** Beats for a pool and reaps the dead ones, at once and then every ten seconds. */
export function startHeartbeat(sql: Sql, utils: WorkerUtils, poolId: string, logger: Logger): Heartbeat {
  const beat = async (): Promise<void> => {
    await sql`insert into worker_heartbeats (pool_id) values (${poolId})
              on conflict (pool_id) do update set seen_at = now()`;
    const dead = await sql<{ pool_id: string }[]>`
      delete from worker_heartbeats where seen_at < now() - make_interval(secs => ${DEAD_AFTER_SECONDS}) returning pool_id`;
    if (dead.length === 0) return;
    await utils.forceUnlockWorkers(dead.map((row) => row.pool_id));
    logger.warn({ pools: dead.length }, 'gave back the jobs of dead worker pools');
  };
  const beatSafely = (): void => {
    beat().catch((error: unknown) => logger.error({ err: error }, 'worker heartbeat failed'));
  };
  beatSafely();
  const timer = setInterval(beatSafely, BEAT_MS);
  return {
    async stop() {
      clearInterval(timer);
      await sql`delete from worker_heartbeats where pool_id = ${poolId}`.catch(() => undefined);
    },
  };
}

/** For commands that need the database for a moment: the given one, or the embedded one. */
import { loadConfig, type Config } from '../app/infra/config.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../app/infra/embedded-postgres.ts';
import { acquireProcessLock } from '../app/infra/process-lock.ts';
import { createPlatform, type Platform } from '../app/platform.ts';
import { findProgramRole } from '../db/program-role.ts';
import { isExplained } from './run-process.ts';

/** Runs `work` and puts everything back; a failure is printed and becomes exit code 1. */
export async function withDatabase(
  work: (database: { config: Config; url: string }) => Promise<void>,
): Promise<void> {
  try {
    const config = loadConfig();
    if (config.databaseUrl) {
      await work({ config, url: config.databaseUrl });
      return;
    }
    const running = findEmbeddedPostgres(config.dataDir);
    if (running) {
      await work({ config, url: running });
      return;
    }
    const lock = acquireProcessLock(config.dataDir);
    const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir });
    try {
      await work({ config, url: postgres.url });
    } finally {
      await postgres.stop();
      lock.release();
    }
  } catch (error) {
    console.error(isExplained(error) ? error.message : error);
    process.exitCode = 1;
  }
}

/** The same, with the adapters of the platform on it; `name` shows in pg_stat_activity. */
export async function withPlatform(name: string, work: (platform: Platform) => Promise<void>): Promise<void> {
  await withDatabase(async ({ config, url }) => {
    const origin = config.publicUrl ?? `http://127.0.0.1:${config.port}`;
    const platform = await createPlatform({
      config,
      databaseUrl: url,
      databaseRole: await findProgramRole(url),
      publicUrl: origin,
      webhookUrl: `${origin}/webhooks/stripe`,
      applicationName: `tollgate-${name}`,
    });
    try {
      await work(platform);
    } finally {
      await platform.close();
    }
  });
}

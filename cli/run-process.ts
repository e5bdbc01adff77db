/**
 * The life of a process: configuration, database, platform, its parts, and the way back down.
 * `server.ts`, `worker/index.ts` and `cli/start.ts` differ only in the parts they bring.
 */
import type { Listener, Pages, WebProcess } from '../server.ts';
import type { WorkerProcess } from '../worker/index.ts';
import { ConfigError, loadConfig, type Config } from '../app/infra/config.ts';
import { startEmbeddedPostgres } from '../app/infra/embedded-postgres.ts';
import { acquireProcessLock, DataDirInUseError } from '../app/infra/process-lock.ts';
import { createPlatform, type Platform } from '../app/platform.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { loginOf, PROGRAM_ROLE, programRoleInstructions } from '../db/program-role.ts';
import { loadPages } from './pages.ts';

export interface ProcessParts {
  web?: {
    listen(config: Config): Promise<Listener>;
    startWeb(platform: Platform, listener: Listener, pages: Pages): Promise<WebProcess>;
  };
  startWorker?(platform: Platform, databaseUrl: string): Promise<WorkerProcess>;
  /** Runs once the platform stands, before the parts: seeding and the demo's own upstreams. */
  prepare?(platform: Platform): Promise<{ close(): Promise<void> }>;
  /** Runs when everything is up: what the program prints. */
  announce?(platform: Platform): Promise<void>;
  /** Pages by Vite, rebuilt on every change. */
  development?: boolean;
}

/** A stop that takes longer than this is no longer graceful. */
const STOP_DEADLINE_MS = 40_000;

/** Undoes what was started, last first; a failure does not keep the rest from stopping. */
class Teardown {
  readonly steps: { name: string; run: () => Promise<void> | void }[] = [];
  add(name: string, run: () => Promise<void> | void): void {
    this.steps.unshift({ name, run });
  }
  async run(): Promise<boolean> {
    let clean = true;
    for (const step of this.steps.splice(0)) {
      try {
        await step.run();
      } catch (error) {
        clean = false;
        console.error(`Stopping ${step.name} failed:`, error);
      }
    }
    return clean;
  }
}

/** Starts the parts and stays until SIGTERM or SIGINT; exits the process. */
export async function runProcess(parts: ProcessParts): Promise<void> {
  const teardown = new Teardown();
  let stopping = false;
  const stop = async (exitCode: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    const clean = await teardown.run();
    process.exit(clean ? exitCode : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(0));
  try {
    await start(parts, teardown);
  } catch (error) {
    console.error(isExplained(error) ? error.message : error);
    await stop(1);
    return;
  }
  const lastResort = (error: unknown): void => {
    console.error('Unhandled failure, stopping:', error);
    void stop(1);
  };
  process.on('uncaughtException', lastResort);
  process.on('unhandledRejection', lastResort);
}

/** Failures whose message says all that a person needs; others come with their stack. */
export function isExplained(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof DataDirInUseError || isPortTaken(error);
}

function isPortTaken(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')
  );
}

async function start(parts: ProcessParts, teardown: Teardown): Promise<void> {
  const config = loadConfig();
  const databaseUrl = await openDatabase(config, parts, teardown);
  const listener = await parts.web?.listen(config);
  if (listener) teardown.add('listener', () => void listener.server.close());
  const { hasProgramRole } = await migrateDatabase(databaseUrl);
  if (!hasProgramRole) console.warn(programRoleInstructions(loginOf(databaseUrl)));
  const address = listener?.url ?? `http://127.0.0.1:${config.port}`;
  const platform = await createPlatform({
    config,
    databaseUrl,
    databaseRole: hasProgramRole ? PROGRAM_ROLE : null,
    publicUrl: config.publicUrl ?? address,
    webhookUrl: `${address}/webhooks/stripe`,
    applicationName: parts.web ? 'tollgate-web' : 'tollgate-worker',
  });
  teardown.add('platform', () => platform.close());
  if (parts.prepare) {
    const prepared = await parts.prepare(platform);
    teardown.add('demo', () => prepared.close());
  }
  if (parts.startWorker) {
    const worker = await parts.startWorker(platform, databaseUrl);
    teardown.add('worker', () => worker.close());
  }
  if (parts.web && listener) {
    const { pages, close } = await loadPages({ development: parts.development ?? false, listener });
    teardown.add('pages', close);
    const web = await parts.web.startWeb(platform, listener, pages);
    teardown.add('web', () => web.close());
  }
  await parts.announce?.(platform);
}

/** The given database, or the embedded one, which only a process that does everything may run. */
async function openDatabase(config: Config, parts: ProcessParts, teardown: Teardown): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  if (!parts.web || !parts.startWorker) {
    throw new ConfigError([
      'DATABASE_URL is required when web and worker run apart (npm start runs both with an embedded database)',
    ]);
  }
  const lock = acquireProcessLock(config.dataDir);
  teardown.add('lock', () => lock.release());
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir });
  teardown.add('embedded PostgreSQL', () => postgres.stop());
  return postgres.url;
}

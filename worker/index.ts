/** The worker process: runs the jobs of `jobs.ts` until it is told to stop. */
import { EventEmitter } from 'node:events';
import {
  makeWorkerUtils,
  run,
  Logger as WorkerLogger,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import type { Platform } from '../app/platform.ts';
import { runProcess } from '../cli/run-process.ts';
import { CRONTAB } from './crontab.ts';
import { startHeartbeat } from './heartbeat.ts';
import { JOBS, type JobName } from './jobs.ts';
import { TASKS } from './task-list.ts';

const CONCURRENCY = 4;

export interface WorkerProcess {
  /** Lets running jobs end, then stops. */
  close(): Promise<void>;
}

/** Starts executing jobs on the platform's database. */
export async function startWorker(platform: Platform, databaseUrl: string): Promise<WorkerProcess> {
  // Only ids: what graphile-worker adds as `meta` holds payloads. Its everyday words are our debug.
  const logger = new WorkerLogger(({ workerId, taskIdentifier, jobId }) => (level, message) => {
    const ours = level === 'warning' ? 'warn' : level === 'info' ? 'debug' : level;
    platform.logger[ours]({ workerId, taskIdentifier, jobId }, message);
  });
  const events = new EventEmitter() as unknown as WorkerEvents;
  const poolCreated = new Promise<string>((resolve) => {
    events.on('pool:create', ({ workerPool }) => resolve(workerPool.id));
  });
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger });
  const runner = await run({
    connectionString: databaseUrl,
    concurrency: CONCURRENCY,
    // The entry point owns the signals: jobs end before the database does.
    noHandleSignals: true,
    pollInterval: 2_000,
    logger,
    events,
    taskList: createTaskList(platform),
    crontab: CRONTAB,
  });
  const heartbeat = startHeartbeat(platform.database.sql, utils, await poolCreated, platform.logger);
  return {
    async close() {
      await runner.stop();
      await heartbeat.stop();
      await utils.release();
    },
  };
}

function createTaskList(platform: Platform): TaskList {
  const names = Object.keys(JOBS) as JobName[];
  return Object.fromEntries(
    names.map((name) => {
      const execute = TASKS[name] as (
        ctx: ReturnType<Platform['createContext']>,
        payload: unknown,
      ) => Promise<void>;
      return [
        name,
        async (payload: unknown) => {
          await execute(
            platform.createContext({ type: 'system', job: name }),
            JOBS[name].payload.parse(payload),
          );
        },
      ];
    }),
  );
}

if (import.meta.main) void runProcess({ startWorker });

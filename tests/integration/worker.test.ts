import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker, type WorkerProcess } from '../../worker/index.ts';
import { enqueue } from '../../worker/jobs.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: TestPlatform;
let worker: WorkerProcess;

async function pendingJobs(): Promise<number> {
  const [row] = await platform.db.execute<{ jobs: string }>(
    sql`select count(*) as jobs from graphile_worker.jobs where task_identifier = 'roll_up_usage'`,
  );
  return Number(row?.jobs);
}

async function watermark(): Promise<string | undefined> {
  const [row] = await platform.db.execute<{ reached: string }>(
    sql`select reached_at::text as reached from watermarks where name = 'usage_rollup'`,
  );
  return row?.reached;
}

describe('worker', () => {
  beforeAll(async () => {
    platform = await createTestPlatform();
    // A process that was killed: it locked a job and beat for the last time a minute ago.
    await enqueue(platform.db, 'roll_up_usage', {});
    await platform.db.execute(
      sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'pool-of-a-dead-process'`,
    );
    await platform.db.execute(
      sql`insert into worker_heartbeats (pool_id, seen_at) values ('pool-of-a-dead-process', now() - interval '1 minute')`,
    );
    worker = await startWorker(platform, platform.databaseUrl);
  });
  afterAll(async () => {
    await worker.close();
    await platform.close();
  });

  it('gives back and runs the jobs of a killed process', async () => {
    await until('the roll-up to run', async () => (await watermark()) !== undefined);
    await until('the job to end', async () => (await pendingJobs()) === 0);
  });

  it('runs a job that was enqueued in a committed transaction, and none of a rolled-back one', async () => {
    const before = await watermark();
    await platform.db
      .transaction(async (tx) => {
        await enqueue(tx, 'roll_up_usage', {});
        throw new Error('roll back');
      })
      .catch(() => undefined);
    expect(await pendingJobs()).toBe(0);
    expect(await watermark()).toBe(before);
    await platform.db.transaction(async (tx) => enqueue(tx, 'roll_up_usage', {}));
    await until('the second roll-up', async () => (await watermark()) !== before);
  });

  it('refuses a payload that is not in the catalogue', async () => {
    await expect(enqueue(platform.db, 'send_mail', { mailId: 7 } as never)).rejects.toThrow();
  });
});

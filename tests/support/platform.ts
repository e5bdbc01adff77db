/** A whole platform on a database of its own, as the entry points build it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../app/infra/clock.ts';
import { loadConfig, type Environment } from '../../app/infra/config.ts';
import { createPlatform, type Platform } from '../../app/platform.ts';
import { createTestDatabase } from './database.ts';

export interface TestPlatformOptions {
  clock?: Clock;
  publicUrl?: string;
  /** Where the Stripe sandbox posts; nobody listens at the default. */
  webhookUrl?: string;
  /** A second process on the same data: the URL of another platform's database. */
  databaseUrl?: string;
}

export interface TestPlatform extends Platform {
  databaseUrl: string;
  dataDir: string;
}

/**
 * @param overrides environment variables, e.g. `{ EGRESS_ALLOW: '127.0.0.1:4010' }`.
 */
export async function createTestPlatform(
  overrides: Partial<Environment> = {},
  options: TestPlatformOptions = {},
): Promise<TestPlatform> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-test-'));
  const database = options.databaseUrl ? null : await createTestDatabase();
  const databaseUrl = options.databaseUrl ?? database!.url;
  const config = loadConfig({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    DATABASE_POOL_SIZE: '5',
    ...overrides,
  });
  const platform = await createPlatform({
    config,
    databaseUrl,
    publicUrl: options.publicUrl ?? config.publicUrl ?? 'http://127.0.0.1:3000',
    webhookUrl: options.webhookUrl ?? 'http://127.0.0.1:9/webhooks/stripe',
    applicationName: 'tollgate-test',
    clock: options.clock,
  });
  return {
    ...platform,
    databaseUrl,
    dataDir,
    async close() {
      await platform.close();
      await database?.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

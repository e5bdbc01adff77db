/** One PostgreSQL for the whole run, with a migrated template that test files clone. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../app/infra/embedded-postgres.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { withDatabaseName } from './database-url.ts';
import { TEMPLATE_DATABASE } from './provided.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-postgres-'));
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(dataDir, 0o755);
  const server = await startEmbeddedPostgres({
    dataDir,
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300', shared_buffers: '64MB' },
  });
  const maintenanceUrl = withDatabaseName(server.url, 'postgres');
  const sql = postgres(maintenanceUrl, { max: 1, onnotice: () => {} });
  await sql`create database ${sql(TEMPLATE_DATABASE)}`;
  await migrateDatabase(withDatabaseName(server.url, TEMPLATE_DATABASE));
  // A database somebody is connected to cannot be copied.
  await sql`alter database ${sql(TEMPLATE_DATABASE)} with is_template true allow_connections false`;
  await sql.end();
  project.provide('maintenanceDatabaseUrl', maintenanceUrl);

  return async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

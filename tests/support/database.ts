/** A database of one's own, migrated, in about 50 ms. */
import { randomBytes } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { inject } from 'vitest';
import { withDatabaseName } from './database-url.ts';
import { TEMPLATE_DATABASE } from './provided.ts';

export interface TestDatabase {
  url: string;
  /** Drops the database, connected or not. */
  close(): Promise<void>;
}

async function withMaintenance<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(inject('maintenanceDatabaseUrl'), { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

async function createDatabaseFrom(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withMaintenance((sql) => sql`create database ${sql(name)} template ${sql(template)}`);
  return {
    url: withDatabaseName(inject('maintenanceDatabaseUrl'), name),
    async close() {
      await withMaintenance((sql) => sql`drop database if exists ${sql(name)} with (force)`);
    },
  };
}

/** A copy of the migrated template. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabaseFrom(TEMPLATE_DATABASE);
}

/** A database without any table, for tests of the migrations themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabaseFrom('template0');
}

/** Brings a database to the schema of this program: ours, then graphile-worker's. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { runMigrations } from 'graphile-worker';
import postgres, { type Sql } from 'postgres';
import { grantProgramRole } from './program-role.ts';

const MIGRATIONS_FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'migrations');
/** Two processes that start together must not migrate together. */
const MIGRATION_LOCK = 7_011_901;

/**
 * Applies what is missing; safe to call from several processes at once.
 * @returns whether the program can act as its own role (`db/program-role.ts`).
 */
export async function migrateDatabase(url: string): Promise<{ hasProgramRole: boolean }> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { lock_timeout: 30_000 } });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migrate(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
    await sql`select ensure_usage_partitions(3)`;
    await runMigrations({ connectionString: url });
    return { hasProgramRole: await grantProgramRole(sql) };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** True when the database has every migration this program was shipped with. */
export async function isMigrated(sql: Sql): Promise<boolean> {
  const journal = JSON.parse(readFileSync(join(MIGRATIONS_FOLDER, 'meta/_journal.json'), 'utf8')) as {
    entries: { when: number }[];
  };
  const newest = Math.max(...journal.entries.map((entry) => entry.when));
  const rows = await sql<{ applied: string }[]>`
    select coalesce(max(created_at), 0)::text as applied from drizzle.__drizzle_migrations`;
  return Number(rows[0]?.applied ?? 0) >= newest;
}

import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMigrated, migrateDatabase } from '../../db/migrate.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('migrations', () => {
  let database: TestDatabase;
  let sql: Sql;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = postgres(database.url, { max: 2, onnotice: () => {} });
  });
  afterAll(async () => {
    await sql.end();
    await database.close();
  });

  const tables = async (of: Sql): Promise<string[]> => {
    const rows = await of<{ name: string }[]>`
      select schemaname || '.' || tablename as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`;
    return rows.map((row) => row.name);
  };

  it('bring an empty database to the schema, from several processes at once', async () => {
    const empty = await createEmptyDatabase();
    try {
      await Promise.all([migrateDatabase(empty.url), migrateDatabase(empty.url), migrateDatabase(empty.url)]);
      const fresh = postgres(empty.url, { max: 1, onnotice: () => {} });
      expect(await isMigrated(fresh)).toBe(true);
      expect(await tables(fresh)).toEqual(await tables(sql));
      await fresh.end();
    } finally {
      await empty.close();
    }
  });

  it('change nothing when they run again', async () => {
    const before = await sql`select hash, created_at from drizzle.__drizzle_migrations order by id`;
    await migrateDatabase(database.url);
    expect(await sql`select hash, created_at from drizzle.__drizzle_migrations order by id`).toEqual(before);
  });

  it('report a database that lacks the newest one', async () => {
    const behind = await createTestDatabase();
    const other = postgres(behind.url, { max: 1, onnotice: () => {} });
    try {
      await other`delete from drizzle.__drizzle_migrations
        where created_at = (select max(created_at) from drizzle.__drizzle_migrations)`;
      expect(await isMigrated(other)).toBe(false);
    } finally {
      await other.end();
      await behind.close();
    }
  });

  it('leave append-only tables that refuse update, delete and truncate', async () => {
    const appendOnly = [
      'ledger_transactions',
      'ledger_entries',
      'usage_events',
      'price_versions',
      'price_components',
      'audit_events',
      'platform_fees',
    ];
    for (const table of appendOnly) {
      await expect(sql`truncate ${sql(table)} cascade`).rejects.toThrow(/append-only/);
    }
    await expect(sql`delete from platform_fees`).rejects.toThrow(/append-only/);
    await expect(sql`update platform_fees set basis_points = 0`).rejects.toThrow(/append-only/);
  });

  it('have a partition of usage_events for this month and the next three', async () => {
    const rows = await sql<{ name: string }[]>`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'usage_events'::regclass order by 1`;
    const names = rows.map((row) => row.name);
    const now = new Date();
    for (let ahead = 0; ahead <= 3; ahead++) {
      const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
      expect(names).toContain(
        `usage_events_${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, '0')}`,
      );
    }
    expect(names).toContain('usage_events_default');
  });

  it('cut partitions at the same instants as the program cuts its ids', async () => {
    const { encodeUlidTime } = await import('../../app/lib/ids.ts');
    for (const at of [0, 1_795_248_364_083, Date.UTC(2026, 11, 1), Date.UTC(2099, 0, 1)]) {
      const [row] = await sql<
        { text: string }[]
      >`select ulid_time(to_timestamp(${at}::numeric / 1000)) as text`;
      expect(row?.text).toBe(encodeUlidTime(at));
    }
  });

  it('keep a ledger transaction from committing unbalanced', async () => {
    await expect(
      sql.begin(async (tx) => {
        await tx`insert into ledger_transactions (id, kind, reference) values ('ltx_probe', 'adjustment', 'probe')`;
        await tx`insert into ledger_entries (transaction_id, account_id, amount_nanos)
          values ('ltx_probe', ledger_account(null, 'platform_fee', 'usd'), 5)`;
      }),
    ).rejects.toThrow(/does not sum to zero/);
  });
});

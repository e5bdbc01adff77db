import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureUsagePartitions } from '../../app/domain/usage/index.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { APPEND_ONLY_TABLES, PROGRAM_ROLE, programRoleInstructions } from '../../db/program-role.ts';
import { enqueue } from '../../worker/jobs.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

let platform: TestPlatform;
let owner: Sql;
beforeAll(async () => {
  platform = await createTestPlatform();
  owner = postgres(platform.databaseUrl, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await owner.end();
  await platform.close();
});

async function refusal(statement: PromiseLike<unknown>): Promise<string> {
  try {
    await statement;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error.code;
    throw error;
  }
  return 'allowed';
}

describe("the program's role", () => {
  it('is what every connection of the program acts as', async () => {
    const [row] = await platform.database.sql`select current_user as name`;
    expect(row).toEqual({ name: PROGRAM_ROLE });
  });

  it.each(APPEND_ONLY_TABLES)('cannot change, delete or empty %s, by privilege', async (table) => {
    const program = platform.database.sql;
    const [column] = await owner<{ name: string }[]>`
      select attname as name from pg_attribute where attrelid = ${table}::regclass and attnum = 1`;
    const name = program(column!.name);
    for (const statement of [
      program`update ${program(table)} set ${name} = ${name}`,
      program`delete from ${program(table)}`,
      program`truncate ${program(table)}`,
      program`alter table ${program(table)} disable trigger all`,
      program`drop table ${program(table)}`,
    ]) {
      expect(await refusal(statement)).toBe(INSUFFICIENT_PRIVILEGE);
    }
    expect(await refusal(program`select 1 from ${program(table)} limit 1`)).toBe('allowed');
  });

  it('cannot reach usage events around their table, through a partition', async () => {
    const program = platform.database.sql;
    const partitions = await owner<{ name: string }[]>`
      select inhrelid::regclass::text as name from pg_inherits where inhparent = 'usage_events'::regclass`;
    expect(partitions.length).toBeGreaterThan(3);
    for (const { name } of partitions) {
      expect(await refusal(program`delete from ${program(name)}`)).toBe(INSUFFICIENT_PRIVILEGE);
      expect(await refusal(program`update ${program(name)} set charge_nanos = 0`)).toBe(
        INSUFFICIENT_PRIVILEGE,
      );
    }
  });

  it('is behind triggers that refuse the owner too', async () => {
    await owner`insert into audit_events (id, actor, action) values ('aud_role', 'test', 'test')`;
    await expect(owner`update audit_events set action = 'other'`).rejects.toThrow(/append-only/);
    await expect(owner`delete from audit_events`).rejects.toThrow(/append-only/);
  });

  it('makes partitions through the owner, adds jobs and reads them', async () => {
    const [next] = await owner<{ name: string }[]>`
      select 'usage_events_' || to_char(date_trunc('month', now(), 'UTC') + interval '32 days', 'YYYY_MM') as name`;
    await owner`drop table ${owner(next!.name)}`;
    const system = platform.createContext({ type: 'system', job: 'test' });
    await ensureUsagePartitions(system);
    const [made] = await owner`select to_regclass(${next!.name}) is not null as exists`;
    expect(made).toEqual({ exists: true });
    await enqueue(platform.db, 'roll_up_usage', {}, { jobKey: 'ledger-role' });
    await enqueue(platform.db, 'roll_up_usage', {}, { jobKey: 'ledger-role', preserveRunAt: true });
    const jobs = await platform.db.execute(
      sql`select task_identifier from graphile_worker.jobs where key = 'ledger-role'`,
    );
    expect([...jobs]).toEqual([{ task_identifier: 'roll_up_usage' }]);
  });

  it('may not make tables or take rights on tables that come later by itself', async () => {
    await owner`create table came_later (n integer)`;
    const program = platform.database.sql;
    expect(await refusal(program`select * from came_later`)).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await refusal(program`create table own (n integer)`)).toBe(INSUFFICIENT_PRIVILEGE);
    await migrateDatabase(platform.databaseUrl);
    expect(await refusal(program`insert into came_later values (1)`)).toBe('allowed');
  });
});

describe('a login that may not make roles', () => {
  it('migrates all the same, and what an administrator has to run is printed and works', async () => {
    const database = await createEmptyDatabase();
    const admin = postgres(database.url, { max: 1, onnotice: () => {} });
    const login = `managed_${randomBytes(4).toString('hex')}`;
    const url = new URL(database.url);
    url.username = login;
    url.password = 'secret';
    try {
      await admin`create role ${admin(login)} login password 'secret'`;
      await admin`alter database ${admin(url.pathname.slice(1))} owner to ${admin(login)}`;
      await admin`alter schema public owner to ${admin(login)}`;
      // The role exists on this server, but this login is no member: the same as a missing role.
      expect(await migrateDatabase(url.toString())).toEqual({ hasProgramRole: false });
      const instructions = programRoleInstructions(login);
      const statements = instructions.split('\n').filter((line) => line.startsWith('  '));
      expect(statements).toHaveLength(2);
      await admin.unsafe(statements[1]!.trim());
      expect(await migrateDatabase(url.toString())).toEqual({ hasProgramRole: true });
      const program = postgres(url.toString(), { max: 1, connection: { role: PROGRAM_ROLE } });
      expect(await refusal(program`delete from ledger_entries`)).toBe(INSUFFICIENT_PRIVILEGE);
      expect(await refusal(program`select * from ledger_entries`)).toBe('allowed');
      await program.end();
    } finally {
      await database.close();
      await admin.end();
      await owner`drop role if exists ${owner(login)}`.catch(() => undefined);
    }
  });
});

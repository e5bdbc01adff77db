/**
 * The role that the program's connections act as. It writes what happened and cannot take it back:
 * on the append-only tables it may read and insert, no more (docs/decisions/0012). Migrations,
 * partitions and graphile-worker's own pool stay with the login, which owns the tables.
 */
import postgres, { type Sql, type TransactionSql } from 'postgres';

export const PROGRAM_ROLE = 'tollgate_app';

/** Facts: said once, corrected by saying more. */
export const APPEND_ONLY_TABLES = [
  'ledger_transactions',
  'ledger_entries',
  'usage_events',
  'price_versions',
  'price_components',
  'price_quotas',
  'platform_fees',
  'tax_rates',
  'credit_notes',
  'receipts',
  'audit_events',
] as const;

/** Roles belong to the server: another database's migration may make ours at the same moment. */
const CREATED_BY_ANOTHER = new Set(['42710', '23505']);
const CHANGED_BY_ANOTHER = 'XX000';
const INSUFFICIENT_PRIVILEGE = '42501';
const GRANT_ATTEMPTS = 5;

function codeOf(error: unknown): string {
  return error instanceof postgres.PostgresError ? error.code : '';
}

/** Whom a connection string logs in as. */
export const loginOf = (url: string): string =>
  decodeURIComponent(new URL(url).username) || 'of DATABASE_URL';

/** What an administrator of the server runs when the login may not make the role itself. */
export function programRoleInstructions(login: string): string {
  const quoted = `"${login.replaceAll('"', '""')}"`;
  return [
    `The database login ${login} may not create or take the role ${PROGRAM_ROLE}, which keeps the ledger append-only.`,
    'Until then triggers alone refuse changes. As an administrator of the server, run once:',
    `  CREATE ROLE ${PROGRAM_ROLE} NOLOGIN;`,
    `  GRANT ${PROGRAM_ROLE} TO ${quoted};`,
    'and start again, or run npm run db:migrate.',
  ].join('\n');
}

/**
 * Makes the role where it is missing and gives it exactly the rights it needs on what is there now;
 * part of every migration run, so that later tables get theirs.
 * @returns false when the login may neither make nor take the role.
 */
export async function grantProgramRole(sql: Sql): Promise<boolean> {
  if (!(await makeRole(sql))) return false;
  if (!(await mayTakeRole(sql)) && !(await joinRole(sql))) return false;
  await sql.begin((tx) => grantRights(tx));
  return true;
}

/** Whether the login of `url` can act as the role; the pools open with it if so. */
export async function findProgramRole(url: string): Promise<string | null> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5 });
  try {
    return (await mayTakeRole(sql)) ? PROGRAM_ROLE : null;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function makeRole(sql: Sql): Promise<boolean> {
  const [existing] = await sql`select 1 from pg_roles where rolname = ${PROGRAM_ROLE}`;
  if (existing) return true;
  try {
    await sql`create role ${sql(PROGRAM_ROLE)} nologin`;
    return true;
  } catch (error) {
    if (codeOf(error) === INSUFFICIENT_PRIVILEGE) return false;
    if (CREATED_BY_ANOTHER.has(codeOf(error))) return true;
    throw error;
  }
}

async function joinRole(sql: Sql): Promise<boolean> {
  for (let attempt = 1; attempt <= GRANT_ATTEMPTS; attempt++) {
    try {
      await sql`grant ${sql(PROGRAM_ROLE)} to current_user`;
      return await mayTakeRole(sql);
    } catch (error) {
      if (codeOf(error) === INSUFFICIENT_PRIVILEGE) return false;
      // "tuple concurrently updated": another database's migration did the same.
      if (codeOf(error) !== CHANGED_BY_ANOTHER || attempt === GRANT_ATTEMPTS) throw error;
    }
  }
  return false;
}

/** Tried for real: membership, its options and superusers are the server's affair. */
async function mayTakeRole(sql: Sql): Promise<boolean> {
  try {
    await sql.begin((tx) => tx`set local role ${tx(PROGRAM_ROLE)}`);
    return true;
  } catch (error) {
    // 22023: there is no such role.
    if ([INSUFFICIENT_PRIVILEGE, '22023'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function grantRights(tx: TransactionSql): Promise<void> {
  const role = tx(PROGRAM_ROLE);
  for (const schema of ['public', 'graphile_worker', 'drizzle']) {
    await tx`grant usage on schema ${tx(schema)} to ${role}`;
  }
  await tx`grant select on all tables in schema drizzle to ${role}`;
  await tx`grant usage on all sequences in schema public to ${role}`;
  // Partitions are reached through their table; granted themselves, they would be a way around it.
  const tables = await tx<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;
  const appendOnly = new Set<string>(APPEND_ONLY_TABLES);
  for (const { name } of tables) {
    if (appendOnly.has(name)) {
      await tx`revoke all on ${tx(name)} from ${role}`;
      await tx`grant select, insert on ${tx(name)} to ${role}`;
    } else {
      await tx`grant select, insert, update, delete on ${tx(name)} to ${role}`;
    }
  }
  await grantJobs(tx);
}

/** Jobs are added in the program's own transactions; the worker's tables let only their owner see rows. */
async function grantJobs(tx: TransactionSql): Promise<void> {
  const role = tx(PROGRAM_ROLE);
  await tx`grant select, insert, update, delete on all tables in schema graphile_worker to ${role}`;
  await tx`grant usage on all sequences in schema graphile_worker to ${role}`;
  const guarded = await tx<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relrowsecurity and not exists (
      select 1 from pg_policy p where p.polrelid = c.oid and p.polname = ${PROGRAM_ROLE})`;
  for (const { name } of guarded) {
    await tx`create policy ${role} on ${tx(`graphile_worker.${name}`)} to ${role} using (true) with check (true)`;
  }
}

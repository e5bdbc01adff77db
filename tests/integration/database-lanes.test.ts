/** Statements of one kind have a connection of their own, and never wait for it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type Database, type Lane, type Sql } from '../../db/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

let testDatabase: TestDatabase;
let database: Database;
let lane: Lane;

const openDatabase = (applicationName: string): Database =>
  createDatabase({ url: testDatabase.url, poolSize: 2, applicationName, role: null });

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase('lanes');
  lane = database.openLane();
});
afterEach(async () => {
  await database.close();
  await testDatabase.close();
});

async function serverProcess(sql: Sql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return row!.pid;
}

it('use the same connection one after the other, and no other ones do', async () => {
  const own = await lane.use(serverProcess);
  for (let i = 0; i < 5; i++) expect(await lane.use(serverProcess)).toBe(own);
  const others = await Promise.all([
    serverProcess(database.sql),
    serverProcess(database.sql),
    database.openLane().use(serverProcess),
  ]);
  expect(others).not.toContain(own);
});

it('take one of the pool while theirs is busy', async () => {
  const own = await lane.use(serverProcess);
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const busy = lane.use(() => mayEnd);
  const meanwhile = await lane.use(serverProcess);
  expect(meanwhile).not.toBe(own);
  end();
  await busy;
  expect(await lane.use(serverProcess)).toBe(own);
});

it('have it again after one has failed, also when the server has closed it', async () => {
  const own = await lane.use(serverProcess);
  await expect(lane.use((sql) => sql`select 1 / 0`)).rejects.toThrow('division by zero');
  expect(await lane.use(serverProcess)).toBe(own);
  await database.sql`select pg_terminate_backend(${own})`;
  await until('it is open again', () => lane.use(serverProcess).then(Boolean, () => false));
  const next = await lane.use(serverProcess);
  expect(next).not.toBe(own);
  expect(await lane.use(serverProcess)).toBe(next);
});

it('take one of the pool when the server has no connection left for them', async () => {
  const [user, password] = [`lanes_${Date.now()}`, 'one connection and no more'];
  await database.sql.unsafe(`create role ${user} login password '${password}' connection limit 1`);
  const url = new URL(testDatabase.url);
  Object.assign(url, { username: user, password });
  const narrow = createDatabase({ url: url.href, poolSize: 1, applicationName: 'narrow', role: null });
  try {
    const only = await serverProcess(narrow.sql);
    expect(await narrow.openLane().use(serverProcess)).toBe(only);
  } finally {
    await narrow.close();
    await database.sql.unsafe(`drop role ${user}`);
  }
});

it('are closed with the database', async () => {
  const observer = openDatabase('observer');
  const countConnections = async (): Promise<number> => {
    const [row] = await observer.sql<{ count: number }[]>`
      select count(*)::integer as count from pg_stat_activity
      where application_name = 'lanes' and datname = current_database()`;
    return row!.count;
  };
  await lane.use(serverProcess);
  await database.openLane().use(serverProcess);
  expect(await countConnections()).toBe(2);
  await database.close();
  await until('nothing is connected', async () => (await countConnections()) === 0);
  await observer.close();
});

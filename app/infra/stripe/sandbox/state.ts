/** The sandbox's memory: JSON objects in PostgreSQL, shared by every process. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../../../db/client.ts';
import type { Base } from './objects.ts';
import { resourceMissing } from './sandbox-error.ts';

export interface ListOptions {
  limit?: number;
  startingAfter?: string;
  endingBefore?: string;
  /** Fields that must have these values. */
  match?: object;
  created?: { gt?: number; gte?: number; lt?: number; lte?: number };
}

export interface SandboxState {
  find<T extends Base>(type: T['object'], id: string): Promise<T | null>;
  /** Of whatever kind. */
  findAny(id: string): Promise<Base | null>;
  /** @throws SandboxError 404. */
  get<T extends Base>(type: T['object'], id: string): Promise<T>;
  /** Like `get`, and keeps others from changing it until the transaction ends. */
  lock<T extends Base>(type: T['object'], id: string): Promise<T>;
  put<T extends Base>(object: T): Promise<T>;
  remove(id: string): Promise<void>;
  /** Newest first; backwards from `endingBefore`, oldest first. */
  list<T extends Base>(type: T['object'], options?: ListOptions): Promise<T[]>;
  /** The object that has waited longest for the engine, locked; null: nothing is due. */
  nextDue(until: number, clock: string | null): Promise<(Base & { sandbox: { dueAt: number } }) | null>;
  /** Sum of what an account's balance transactions of a currency amount to. */
  sumBalance(account: string | null, currency: string, availableAt: number): Promise<BalanceSums>;
  /** Events nobody has taken yet, oldest first. */
  listPendingEvents<T extends Base>(limit: number): Promise<T[]>;
  /** One process at a time; false when another has it. */
  tryLock(name: string): Promise<boolean>;
  /** Everybody else who asks for the name waits until this transaction ends. */
  waitForLock(name: string): Promise<void>;
  /** A point within the transaction to come back to. */
  savepoint(): Promise<{ rollback(): Promise<void> }>;
  transaction<T>(work: (state: SandboxState, db: Db) => Promise<T>): Promise<T>;
}

export interface BalanceSums {
  available: number;
  pending: number;
}

type Row<T> = { data: T };

export function createSandboxState(db: Db): SandboxState {
  const state: SandboxState = {
    async find<T extends Base>(type: T['object'], id: string) {
      const [row] = await db.execute<Row<T>>(
        sql`select data from stripe_sandbox_objects where id = ${id} and type = ${type}`,
      );
      return row?.data ?? null;
    },
    async findAny(id: string) {
      const [row] = await db.execute<Row<Base>>(
        sql`select data from stripe_sandbox_objects where id = ${id}`,
      );
      return row?.data ?? null;
    },
    async get<T extends Base>(type: T['object'], id: string) {
      const object = await state.find<T>(type, id);
      if (!object) throw resourceMissing(type, id);
      return object;
    },
    async lock<T extends Base>(type: T['object'], id: string) {
      const [row] = await db.execute<Row<T>>(
        sql`select data from stripe_sandbox_objects where id = ${id} and type = ${type} for update`,
      );
      if (!row) throw resourceMissing(type, id);
      return row.data;
    },
    async put(object) {
      // The clock goes on within a transaction, so that lists keep the order in which things were made.
      await db.execute(sql`
        insert into stripe_sandbox_objects (id, type, data, created_at)
        values (${object.id}, ${object.object}, ${JSON.stringify(object)}::jsonb, clock_timestamp())
        on conflict (id) do update set data = excluded.data, updated_at = clock_timestamp()`);
      return object;
    },
    async remove(id: string) {
      await db.execute(sql`delete from stripe_sandbox_objects where id = ${id}`);
    },
    async list<T extends Base>(type: T['object'], options: ListOptions = {}) {
      const { limit, startingAfter, endingBefore, match = {}, created = {} } = options;
      const cursor = (id: string) =>
        sql`(select created_at, id from stripe_sandbox_objects where id = ${id})`;
      const moment = sql`(data ->> 'created')::bigint`;
      const conditions = [
        sql`type = ${type}`,
        sql`data @> ${JSON.stringify(match)}::jsonb`,
        ...(startingAfter ? [sql`(created_at, id) < ${cursor(startingAfter)}`] : []),
        ...(endingBefore ? [sql`(created_at, id) > ${cursor(endingBefore)}`] : []),
        ...(created.gt === undefined ? [] : [sql`${moment} > ${created.gt}`]),
        ...(created.gte === undefined ? [] : [sql`${moment} >= ${created.gte}`]),
        ...(created.lt === undefined ? [] : [sql`${moment} < ${created.lt}`]),
        ...(created.lte === undefined ? [] : [sql`${moment} <= ${created.lte}`]),
      ];
      const order = endingBefore ? sql`created_at, id` : sql`created_at desc, id desc`;
      const rows = await db.execute<Row<T>>(sql`
        select data from stripe_sandbox_objects where ${sql.join(conditions, sql` and `)}
        order by ${order} limit ${limit ?? null}`);
      return rows.map((row) => row.data);
    },
    async nextDue(until: number, clock: string | null) {
      const [row] = await db.execute<Row<Base & { sandbox: { dueAt: number } }>>(sql`
        select data from stripe_sandbox_objects
        where type in ('subscription', 'invoice', 'payout', 'account', 'checkout.session')
          and (data -> 'sandbox' ->> 'dueAt')::bigint <= ${until}
          and (data -> 'sandbox' ->> 'clock') is not distinct from ${clock}
        order by (data -> 'sandbox' ->> 'dueAt')::bigint, created_at limit 1 for update`);
      return row?.data ?? null;
    },
    async sumBalance(account: string | null, currency: string, availableAt: number) {
      const [row] = await db.execute<{ available: string | null; pending: string | null }>(sql`
        select sum((data ->> 'net')::bigint) filter (where (data ->> 'available_on')::bigint <= ${availableAt}) as available,
          sum((data ->> 'net')::bigint) filter (where (data ->> 'available_on')::bigint > ${availableAt}) as pending
        from stripe_sandbox_objects
        where type = 'balance_transaction' and data ->> 'currency' = ${currency}
          and (data -> 'sandbox' ->> 'account') is not distinct from ${account}`);
      return { available: Number(row?.available ?? 0), pending: Number(row?.pending ?? 0) };
    },
    async listPendingEvents<T extends Base>(limit: number) {
      const rows = await db.execute<Row<T>>(sql`
        select data from stripe_sandbox_objects
        where type = 'event' and (data ->> 'pending_webhooks')::integer > 0
          and created_at > now() - interval '3 days'
        order by created_at limit ${limit}`);
      return rows.map((row) => row.data);
    },
    async tryLock(name: string) {
      const [row] = await db.execute<{ taken: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtextextended(${`stripe-sandbox:${name}`}, 0)) as taken`,
      );
      return row?.taken === true;
    },
    async waitForLock(name: string) {
      await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`stripe-sandbox:${name}`}, 0))`);
    },
    async savepoint() {
      await db.execute(sql`savepoint stripe_sandbox_request`);
      return {
        async rollback() {
          await db.execute(sql`rollback to savepoint stripe_sandbox_request`);
        },
      };
    },
    transaction: (work) => db.transaction((tx) => work(createSandboxState(tx), tx)),
  };
  return state;
}

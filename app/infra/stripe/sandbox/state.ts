/** The sandbox's memory: JSON objects in PostgreSQL, shared by every process. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../../../db/client.ts';
import type { Base } from './objects.ts';
import { resourceMissing } from './sandbox-error.ts';

export interface ListOptions {
  limit: number;
  startingAfter?: string;
  /** Fields that must have these values. */
  match?: Record<string, string>;
}

export interface SandboxState {
  find<T extends Base>(type: T['object'], id: string): Promise<T | null>;
  /** @throws SandboxError 404. */
  get<T extends Base>(type: T['object'], id: string): Promise<T>;
  /** Like `get`, and keeps others from changing it until the transaction ends. */
  lock<T extends Base>(type: T['object'], id: string): Promise<T>;
  put<T extends Base>(object: T): Promise<T>;
  /** Newest first. */
  list<T extends Base>(type: T['object'], options: ListOptions): Promise<T[]>;
  /** Events nobody has taken yet, oldest first. */
  listPendingEvents<T extends Base>(limit: number): Promise<T[]>;
  transaction<T>(work: (state: SandboxState, db: Db) => Promise<T>): Promise<T>;
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
      await db.execute(sql`
        insert into stripe_sandbox_objects (id, type, data)
        values (${object.id}, ${object.object}, ${JSON.stringify(object)}::jsonb)
        on conflict (id) do update set data = excluded.data, updated_at = now()`);
      return object;
    },
    async list<T extends Base>(type: T['object'], { limit, startingAfter, match = {} }: ListOptions) {
      const rows = await db.execute<Row<T>>(sql`
        select data from stripe_sandbox_objects where type = ${type} and data @> ${JSON.stringify(match)}::jsonb
          and (${startingAfter ?? null}::text is null or (created_at, id) <
            (select created_at, id from stripe_sandbox_objects where id = ${startingAfter ?? null}))
        order by created_at desc, id desc limit ${limit}`);
      return rows.map((row) => row.data);
    },
    async listPendingEvents<T extends Base>(limit: number) {
      const rows = await db.execute<Row<T>>(sql`
        select data from stripe_sandbox_objects
        where type = 'event' and (data ->> 'pending_webhooks')::integer > 0
          and created_at > now() - interval '3 days'
        order by created_at limit ${limit}`);
      return rows.map((row) => row.data);
    },
    transaction: (work) => db.transaction((tx) => work(createSandboxState(tx), tx)),
  };
  return state;
}

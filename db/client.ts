/** Drizzle over postgres.js: how the program talks to PostgreSQL. */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { PgTransaction } from 'drizzle-orm/pg-core';
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import postgres, { type Sql } from 'postgres';
import { isNotConnected } from './errors.ts';
import * as schema from './schema/index.ts';

export type { Sql };
export type Schema = typeof schema;
export type Transaction = PgTransaction<PostgresJsQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;
/** The database, or a transaction of it: verbs take either. */
export type Db = PostgresJsDatabase<Schema> | Transaction;

export interface Database {
  db: PostgresJsDatabase<Schema>;
  sql: Sql;
  /** Connects on first use, beside the pool. */
  openLane(): Lane;
  close(): Promise<void>;
}

/** A connection for one kind of statement: the server's process for it has everything at hand. */
export interface Lane {
  /** Runs on that connection; on one of the pool while it is busy, or not to be had. */
  use<T>(run: (sql: Sql) => Promise<T>): Promise<T>;
}

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Every connection acts as this role (`db/program-role.ts`); null: as the login itself. */
  role: string | null;
  /** Milliseconds a statement may run. */
  statementTimeoutMs?: number;
}

/** Opens a pool; connects on first use. */
export function createDatabase(options: DatabaseOptions): Database {
  const sql = connect(options, options.poolSize);
  const lanes: Sql[] = [];
  return {
    db: drizzle(sql, { schema }),
    sql,
    openLane() {
      const own = connect(options, 1);
      lanes.push(own);
      return createLane(own, sql);
    },
    async close() {
      await Promise.all([sql, ...lanes].map((connections) => connections.end({ timeout: 5 })));
    },
  };
}

function connect(options: DatabaseOptions, max: number): Sql {
  return postgres(options.url, {
    max,
    connect_timeout: 5,
    idle_timeout: 0,
    // Seconds before the next attempt; the default grows to twenty, long after the server is back.
    backoff: (attempts: number) => Math.min(0.05 * 2 ** attempts, 1),
    // Notices are chatter of CREATE … IF NOT EXISTS.
    onnotice: () => {},
    connection: {
      application_name: options.applicationName,
      statement_timeout: options.statementTimeoutMs ?? 10_000,
      ...(options.role === null ? {} : { role: options.role }),
    },
  });
}

function createLane(own: Sql, pool: Sql): Lane {
  let isBusy = false;
  return {
    async use(run) {
      if (isBusy) return run(pool);
      isBusy = true;
      try {
        return await run(own);
      } catch (error) {
        if (isNotConnected(error)) return await run(pool);
        throw error;
      } finally {
        isBusy = false;
      }
    },
  };
}

/** Drizzle over postgres.js: how the program talks to PostgreSQL. */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { PgTransaction } from 'drizzle-orm/pg-core';
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import postgres, { type Sql } from 'postgres';
import * as schema from './schema/index.ts';

export type { Sql };
export type Schema = typeof schema;
export type Transaction = PgTransaction<PostgresJsQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;
/** The database, or a transaction of it: verbs take either. */
export type Db = PostgresJsDatabase<Schema> | Transaction;

export interface Database {
  db: PostgresJsDatabase<Schema>;
  sql: Sql;
  close(): Promise<void>;
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
  const sql = postgres(options.url, {
    max: options.poolSize,
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
  return { db: drizzle(sql, { schema }), sql, close: () => sql.end({ timeout: 5 }) };
}

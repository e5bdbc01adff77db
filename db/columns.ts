/** Column shapes that several tables share. */
import { bigint, customType, text, timestamp } from 'drizzle-orm/pg-core';

/** Prefixed text id made by the program (`app/lib/ids.ts`). */
export const id = () => text('id').primaryKey();

/** Money: integer nanos of the ledger currency. */
export const nanos = (name: string) => bigint(name, { mode: 'bigint' });

/** A count that fits a double exactly (< 2^53). */
export const count = (name: string) => bigint(name, { mode: 'number' });

export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const createdAt = () => instant('created_at').notNull().defaultNow();
export const updatedAt = () =>
  instant('updated_at')
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date());

export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

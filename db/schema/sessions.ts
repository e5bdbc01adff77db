import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, createdAt, id, instant } from '../columns.ts';
import { organizations } from './organizations.ts';
import { users } from './users.ts';

/** A browser that is logged in. Only the SHA-256 of the cookie's random value is kept. */
export const sessions = pgTable(
  'sessions',
  {
    /** Public handle for the list in the personal centre; not the cookie. */
    id: id(),
    tokenHash: bytea('token_hash').notNull().unique(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The organization this session acts for. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: createdAt(),
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    index('sessions_user_id_idx').on(table.userId),
    index('sessions_expires_at_idx').on(table.expiresAt),
  ],
);

export type Session = typeof sessions.$inferSelect;

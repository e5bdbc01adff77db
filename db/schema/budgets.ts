import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';

export const BUDGET_SCOPES = ['organization', 'member', 'key'] as const;
export const BUDGET_PERIODS = ['day', 'week', 'month'] as const;

/** How much money may be spent in a period of the organization's time zone. */
export const budgets = pgTable(
  'budgets',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    scope: text('scope', { enum: BUDGET_SCOPES }).notNull(),
    /** Key id, or user id of the member who made the keys; '' for the organization. */
    subjectId: text('subject_id').notNull().default(''),
    period: text('period', { enum: BUDGET_PERIODS }).notNull(),
    amountNanos: nanos('amount_nanos').notNull(),
    /** `hard` refuses what goes beyond; `soft` only tells. */
    enforcement: text('enforcement', { enum: ['hard', 'soft'] }).notNull(),
    /** Percentages that are told about, once a period each. */
    thresholds: integer('thresholds')
      .array()
      .notNull()
      .default(sql`'{50,80,100}'`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('budgets_scope_key').on(table.organizationId, table.scope, table.subjectId, table.period),
    check('budgets_amount_check', sql`${table.amountNanos} > 0`),
    check('budgets_scope_check', sql`${table.scope} in ('organization', 'member', 'key')`),
    check('budgets_period_check', sql`${table.period} in ('day', 'week', 'month')`),
    check('budgets_enforcement_check', sql`${table.enforcement} in ('hard', 'soft')`),
  ],
);

/** What was spent in one period. A new period is a new row: nothing has to be reset. */
export const budgetWindows = pgTable(
  'budget_windows',
  {
    budgetId: text('budget_id').notNull(),
    windowStart: instant('window_start').notNull(),
    organizationId: text('organization_id').notNull(),
    spentNanos: nanos('spent_nanos')
      .notNull()
      .default(sql`0`),
    heldNanos: nanos('held_nanos')
      .notNull()
      .default(sql`0`),
    /** The highest percentage told about. */
    alertedThreshold: integer('alerted_threshold').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.budgetId, table.windowStart] }),
    index('budget_windows_organization_id_idx').on(table.organizationId, table.windowStart),
    check('budget_windows_check', sql`${table.spentNanos} >= 0 and ${table.heldNanos} >= 0`),
  ],
);

export type Budget = typeof budgets.$inferSelect;

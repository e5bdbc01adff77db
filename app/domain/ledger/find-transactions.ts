import { sql, type SQL } from 'drizzle-orm';
import type { LedgerPurpose, LedgerTransaction } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { findTransactionsSchema, type FindTransactionsInput } from './schemas.ts';

export interface FoundTransaction {
  id: string;
  kind: LedgerTransaction['kind'];
  reference: string;
  createdAt: Date;
  entries: {
    organizationId: string | null;
    /** Null: the platform. */
    organizationName: string | null;
    purpose: LedgerPurpose;
    amountNanos: Nanos;
  }[];
}

interface Row extends Record<string, unknown> {
  id: string;
  kind: LedgerTransaction['kind'];
  reference: string;
  created_at: string;
  entries: { organization_id: string | null; name: string | null; purpose: LedgerPurpose; amount: string }[];
}

/** Transactions with their entries, newest first, for administrators. */
export async function findTransactions(
  ctx: Context,
  input: FindTransactionsInput = {},
): Promise<FoundTransaction[]> {
  requirePlatformAdmin(ctx);
  const { reference, organization, limit, before } = parseInput(findTransactionsSchema, input);
  const conditions: SQL[] = [sql`true`];
  if (reference) {
    conditions.push(sql`(t.id = ${reference} or strpos(t.reference, ${reference}) > 0)`);
  }
  if (organization) {
    conditions.push(sql`exists (
      select 1 from ledger_entries e join ledger_accounts a on a.id = e.account_id
      join organizations o on o.id = a.organization_id
      where e.transaction_id = t.id and (o.id = ${organization} or strpos(lower(o.name), lower(${organization})) > 0))`);
  }
  // Ids of usage carry their request's time, others their own: the moment of booking sorts both.
  if (before) {
    conditions.push(
      sql`(t.created_at, t.id) < (select b.created_at, b.id from ledger_transactions b where b.id = ${before})`,
    );
  }
  const rows = await ctx.db.execute<Row>(sql`
    select t.id, t.kind, t.reference, to_json(t.created_at) #>> '{}' as created_at,
      (select json_agg(json_build_object('organization_id', a.organization_id, 'name', o.name,
          'purpose', a.purpose, 'amount', e.amount_nanos::text) order by e.id)
        from ledger_entries e join ledger_accounts a on a.id = e.account_id
        left join organizations o on o.id = a.organization_id
        where e.transaction_id = t.id) as entries
    from ledger_transactions t where ${sql.join(conditions, sql` and `)}
    order by t.created_at desc, t.id desc limit ${limit}`);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    reference: row.reference,
    createdAt: new Date(row.created_at),
    entries: row.entries.map((entry) => ({
      organizationId: entry.organization_id,
      organizationName: entry.name,
      purpose: entry.purpose,
      amountNanos: BigInt(entry.amount),
    })),
  }));
}

import { sql, type SQL } from 'drizzle-orm';

/**
 * What moved a seller's pending account: kind, amount and when that was earned. What takes an earning
 * back counts at the moment of the earning; where that is unknown (null) it counts at once.
 */
export function pendingMovements(organizationId: string): SQL {
  return sql`
    select t.kind, e.amount_nanos as amount,
      case
        when e.amount_nanos > 0 then t.created_at
        when t.kind = 'refund' then coalesce(
          (select u.occurred_at from refunds r join usage_events u
             on u.organization_id = r.organization_id and u.request_id = r.reference
           where r.id = t.reference and r.kind = 'call'),
          (select min(f.paid_at) from refunds r join subscription_fees f
             on r.reference in (f.id, f.reference)
           where r.id = t.reference and r.kind = 'subscription_fee'))
      end as earned_at
    from ledger_entries e
    join ledger_accounts a on a.id = e.account_id
    join ledger_transactions t on t.id = e.transaction_id
    where a.organization_id = ${organizationId} and a.purpose = 'seller_pending'`;
}

/** Months of usage to invoice: events, their ledger postings and the wallet, as settling leaves them. */
import { sql } from 'drizzle-orm';
import type { ChargeLine } from '../../db/schema/index.ts';
import { encodeUlidTime, newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';

export interface RecordedUsage {
  buyer: string;
  seller: string;
  serviceId?: string;
  planId?: string;
  priceVersionId?: string;
  /** ISO 8601. */
  at: string;
  /** Nanos; from promotional credit, from invoiced credit, the rest from the wallet. */
  charge: bigint;
  promo?: bigint;
  credit?: bigint;
  lines?: ChargeLine[];
}

/** One call, paid as said. What it takes from the wallet is put there first, as an adjustment. */
export async function recordUsage(platform: Platform, usage: RecordedUsage): Promise<string> {
  const { buyer, seller, at, charge, promo = 0n, credit = 0n } = usage;
  const wallet = charge - promo - credit;
  const requestId = requestIdAt(Date.parse(at));
  await platform.db.transaction(async (tx) => {
    await tx.execute(sql`
      insert into wallets (organization_id) values (${buyer}) on conflict do nothing`);
    await tx.execute(sql`
      insert into usage_events (organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id,
        subscription_id, key_id, occurred_at, method, status_code, terminal_state, fault, request_bytes, response_bytes,
        total_ms, charge_nanos, fee_nanos, promo_nanos, credit_nanos, lines)
      values (${buyer}, ${requestId}, ${seller}, ${usage.serviceId ?? 'svc_1'}, ${usage.planId ?? 'pln_1'},
        ${usage.priceVersionId ?? 'prv_1'}, 'sub_1', 'key_1', ${at}::timestamptz, 'GET', 200, 'complete', 'none', 10, 20,
        40, ${String(charge)}::bigint, 0, ${String(promo)}::bigint, ${String(credit)}::bigint,
        ${usage.lines ? JSON.stringify(usage.lines) : null}::jsonb)`);
    if (wallet > 0n) {
      await post('adjustment', `fund:${requestId}`, [
        [buyer, 'buyer_wallet', wallet],
        [null, 'processor_clearing', -wallet],
      ]);
    }
    if (promo > 0n) {
      await post('promotional_credit', `promo:${requestId}`, [
        [buyer, 'promotional_credit', promo],
        [null, 'platform_loss', -promo],
      ]);
    }
    if (charge > 0n) {
      await post('usage', requestId, [
        [buyer, 'buyer_wallet', -wallet],
        [buyer, 'promotional_credit', -promo],
        [buyer, 'buyer_receivable', -credit],
        [seller, 'seller_pending', charge],
      ]);
    }
    if (credit > 0n) {
      await tx.execute(sql`
        update wallets set credit_used_nanos = credit_used_nanos + ${String(credit)}::bigint where organization_id = ${buyer}`);
    }
    async function post(kind: string, reference: string, entries: [string | null, string, bigint][]) {
      const id = newId('ledgerTransaction');
      await tx.execute(sql`
        insert into ledger_transactions (id, kind, reference, created_at) values (${id}, ${kind}, ${reference}, ${at}::timestamptz)`);
      for (const [owner, purpose, amount] of entries.filter(([, , one]) => one !== 0n)) {
        await tx.execute(sql`
          insert into ledger_entries (transaction_id, account_id, amount_nanos)
          values (${id}, ledger_account(${owner}, ${purpose}, 'USD'), ${String(amount)}::bigint)`);
      }
    }
  });
  return requestId;
}

/** A call of the future has an id of the future; those of the past may come late. */
function requestIdAt(epochMs: number): string {
  const id = newId('request');
  return epochMs > Date.now() ? `req_${encodeUlidTime(epochMs)}${id.slice(14)}` : id;
}

/** What an account of the ledger stands at. */
export async function balanceOf(platform: Platform, owner: string | null, purpose: string): Promise<bigint> {
  const [row] = await platform.db.execute<{ balance: string }>(sql`
    select coalesce(sum(e.amount_nanos), 0)::text as balance from ledger_entries e
    join ledger_accounts a on a.id = e.account_id
    where coalesce(a.organization_id, '') = ${owner ?? ''} and a.purpose = ${purpose}`);
  return BigInt(row?.balance ?? '0');
}

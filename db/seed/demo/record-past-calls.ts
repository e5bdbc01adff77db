/**
 * Ten weeks of calls before the first start, so that reports, invoices and earnings have something to
 * show. The one part of the demo that no verb can make: nothing in the program writes into the past.
 */
import { sql } from 'drizzle-orm';
import type { Context } from '../../../app/domain/context.ts';
import { getFeeBasisPoints } from '../../../app/domain/earnings/index.ts';
import {
  compilePrice,
  priceQuantities,
  sumLines,
  type Quantities,
} from '../../../app/domain/metering/index.ts';
import type { PlanWithPrice } from '../../../app/domain/plans/index.ts';
import { createIdGenerator } from '../../../app/lib/ids.ts';
import type { Nanos } from '../../../app/lib/money.ts';
import { ledgerTransactions, usageEvents } from '../../schema/index.ts';

export interface PastSubscription {
  id: string;
  serviceId: string;
  sellerOrganizationId: string;
  plan: PlanWithPrice;
  /** The model that is asked for; null for services that have none. */
  model: string | null;
}

export interface PastCallsInput {
  /** The buyer. */
  organizationId: string;
  keyId: string;
  subscriptions: readonly PastSubscription[];
}

type NewEvent = typeof usageEvents.$inferInsert;

interface Day {
  noon: Date;
  /** Grows by one a day: what varies, varies with it. */
  index: number;
}

export const PAST_DAYS = 70;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CALLS_PER_WEEKDAY = 4;
const BASIS_POINTS = 10_000n;

/** @returns the newest call of each subscription. */
export async function recordPastCalls(ctx: Context, input: PastCallsInput): Promise<string[]> {
  const basisPoints = BigInt(await getFeeBasisPoints(ctx));
  const today = Math.floor(ctx.clock.now() / DAY_MS) * DAY_MS;
  const days = Array.from({ length: PAST_DAYS }, (_, index): Day => ({
    noon: new Date(today - (PAST_DAYS - index) * DAY_MS + DAY_MS / 2),
    index,
  }));
  const batches = input.subscriptions.flatMap((subscription) =>
    days.map((day) => callsOf(input, subscription, day, basisPoints)),
  );
  await ctx.db.transaction(async (tx) => {
    const events = batches.flat();
    await tx.insert(usageEvents).values(events);
    const spent = sum(events.map(({ chargeNanos }) => chargeNanos));
    const posted: Posting[] = [
      {
        kind: 'demo_credit',
        reference: 'demo:past',
        at: days[0]!.noon,
        entries: [
          { owner: input.organizationId, purpose: 'buyer_wallet', amount: spent },
          { owner: null, purpose: 'platform_loss', amount: -spent },
        ],
      },
      ...batches.filter((batch) => batch.length > 0).map(postingOf),
    ];
    await post(tx, posted);
  });
  return input.subscriptions.map(
    ({ id }) => batches.flat().findLast(({ subscriptionId }) => subscriptionId === id)!.requestId,
  );
}

/** A few calls between nine and five, fewer at weekends. */
function callsOf(
  { organizationId, keyId }: PastCallsInput,
  subscription: PastSubscription,
  { noon, index }: Day,
  basisPoints: bigint,
): NewEvent[] {
  const isWeekend = [0, 6].includes(noon.getUTCDay());
  const count = isWeekend ? index % 2 : CALLS_PER_WEEKDAY + ((index * 5) % 3);
  const price = compilePrice({ ...subscription.plan.price, components: componentsOf(subscription.plan) });
  return Array.from({ length: count }, (_, call): NewEvent => {
    const turn = index * 7 + call * 13;
    const occurredAt = new Date(noon.getTime() + (((turn * 37) % 420) - 180) * MINUTE_MS);
    const tokens = {
      input_token: 60_000 + ((turn * 6_131) % 240_000),
      output_token: 4_000 + ((turn * 2_711) % 26_000),
    };
    const quantities: Quantities = subscription.model === null ? { call: 1 } : tokens;
    const lines = priceQuantities(price, { model: subscription.model, quantities }) ?? [];
    const chargeNanos = sumLines(lines);
    return {
      organizationId,
      requestId: createIdGenerator(() => occurredAt.getTime())('request'),
      sellerOrganizationId: subscription.sellerOrganizationId,
      serviceId: subscription.serviceId,
      planId: subscription.plan.id,
      priceVersionId: subscription.plan.price.id,
      subscriptionId: subscription.id,
      keyId,
      occurredAt,
      method: subscription.model === null ? 'GET' : 'POST',
      statusCode: 200,
      terminalState: 'complete',
      fault: 'none',
      streamed: subscription.model !== null,
      requestBytes: subscription.model === null ? 120 : tokens.input_token * 4,
      responseBytes: subscription.model === null ? 900 + (turn % 400) : tokens.output_token * 4,
      ...(subscription.model !== null && {
        model: subscription.model,
        servedModel: subscription.model,
        inputTokens: tokens.input_token,
        outputTokens: tokens.output_token,
        usageSource: 'upstream' as const,
      }),
      firstByteMs: 18 + (turn % 60),
      totalMs: subscription.model === null ? 25 + (turn % 80) : 400 + ((turn * 97) % 2_600),
      chargeNanos,
      feeNanos: (chargeNanos * basisPoints) / BASIS_POINTS,
      lines,
    };
  });
}

function componentsOf({ price }: PlanWithPrice) {
  return price.components.map((component) => ({
    ...component,
    nanosPerMillion: component.nanosPerMillion.toString(),
  }));
}

interface Posting {
  kind: 'demo_credit' | 'usage';
  reference: string;
  at: Date;
  entries: { owner: string | null; purpose: string; amount: Nanos }[];
}

/** What settling a batch of calls posts. */
function postingOf(batch: readonly NewEvent[]): Posting {
  const { organizationId, sellerOrganizationId } = batch[0]!;
  const charge = sum(batch.map(({ chargeNanos }) => chargeNanos));
  const fee = sum(batch.map(({ feeNanos }) => feeNanos));
  return {
    kind: 'usage',
    reference: batch.map(({ requestId }) => requestId).sort()[0]!,
    at: new Date(Math.max(...batch.map(({ occurredAt }) => occurredAt!.getTime()))),
    entries: [
      { owner: organizationId, purpose: 'buyer_wallet', amount: -charge },
      { owner: sellerOrganizationId, purpose: 'seller_pending', amount: charge - fee },
      { owner: null, purpose: 'platform_fee', amount: fee },
    ],
  };
}

async function post(
  tx: Pick<Context['db'], 'insert' | 'execute'>,
  postings: readonly Posting[],
): Promise<void> {
  const rows = postings.map((posting) => ({
    ...posting,
    id: createIdGenerator(() => posting.at.getTime())('ledgerTransaction'),
  }));
  await tx
    .insert(ledgerTransactions)
    .values(rows.map(({ id, kind, reference, at }) => ({ id, kind, reference, createdAt: at })));
  const entries = rows.flatMap(({ id, at, entries: own }) =>
    own
      .filter(({ amount }) => amount !== 0n)
      .map(
        ({ owner, purpose, amount }) =>
          sql`(${id}, ledger_account(${owner}, ${purpose}, 'USD'), ${amount.toString()}::bigint, ${at.toISOString()}::timestamptz)`,
      ),
  );
  await tx.execute(sql`
    insert into ledger_entries (transaction_id, account_id, amount_nanos, created_at) values ${sql.join(entries, sql`, `)}`);
}

const sum = (amounts: readonly Nanos[]): Nanos => amounts.reduce((total, amount) => total + amount, 0n);

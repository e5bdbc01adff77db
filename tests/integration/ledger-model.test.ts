import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { holdByAllowance, holdWithAllowances, renewAllowances } from '../../app/domain/metering/index.ts';
import { releaseEarnings } from '../../app/domain/earnings/index.ts';
import { getLedgerBalance, postTransaction, verifyLedger } from '../../app/domain/ledger/index.ts';
import { advancePayout, recoverPayouts, requestPayout } from '../../app/domain/payouts/index.ts';
import { expirePromotionalCredits, grantPromotionalCredit } from '../../app/domain/promotions/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { creditWallet, moveWallet, releaseExpiredHolds } from '../../app/domain/wallets/index.ts';
import { hasErrorCode } from '../../app/lib/app-error.ts';
import { newId } from '../../app/lib/ids.ts';
import { feeOf } from '../../app/lib/money.ts';
import {
  checkouts,
  invoiceLines,
  invoices,
  payouts,
  platformFees,
  platformSettings,
  wallets,
} from '../../db/schema/index.ts';
import { holdFor, holdOf, settleFor, type BookedCall } from '../support/book-usage.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { createFakeConnect, INSUFFICIENT, openPayoutAccount, type FakeConnect } from '../support/connect.ts';
import { makeBuyer, makeSeller, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const OPERATIONS = 10_000;
const CHUNK = 500;
const CENT = 10_000_000n;

/** The whole of it in a few sums: what there must be after any sequence of operations. */
interface ModelBuyer {
  person: Person;
  available: bigint;
  held: bigint;
  promo: bigint;
  promoHeld: bigint;
  limit: bigint;
  owed: bigint;
  creditHeld: bigint;
  /** Set aside by each of two processes for calls to come; held, too. */
  allowed: [bigint, bigint];
}
interface ModelSeller {
  person: Person;
  pending: bigint;
  available: bigint;
  inTransit: bigint;
  /** Charges up to this one are released. */
  releasedUpTo: number;
}
interface ModelHold extends Parts {
  call: BookedCall;
  buyer: ModelBuyer;
  seller: ModelSeller;
}
interface Parts {
  promo: bigint;
  wallet: bigint;
  credit: bigint;
}
interface ModelCharge extends Parts {
  requestId: string;
  position: number;
  buyer: ModelBuyer;
  seller: ModelSeller;
  fee: bigint;
  isRefunded: boolean;
}

let platform: TestPlatform;
let clock: TestClock;
let fake: FakeConnect;
let system: Context;
let buyers: ModelBuyer[];
let sellers: ModelSeller[];
const holds: ModelHold[] = [];
const charges: ModelCharge[] = [];
/** Calls that were held by what had been set aside. */
let heldAhead = 0;
const topUps: { reference: string; buyer: ModelBuyer; amount: bigint }[] = [];
const settled: BookedCall[] = [];
const swept: ModelHold[] = [];
/** Settled after they had been swept. */
const corrected = new Set<BookedCall>();
const sent: { id: string; seller: ModelSeller; left: bigint; status: 'pending' | 'paid' }[] = [];
let platformFee = 0n;
let basisPoints = 1_000;
let unitPrice = 1_000_000n;
let invoiced = 0;

beforeAll(async () => {
  clock = createTestClock();
  platform = await createTestPlatform({}, { clock });
  fake = createFakeConnect(platform);
  system = { ...platform.createContext({ type: 'system', job: 'test' }), payments: fake.payments };
  await platform.db.update(platformSettings).set({ payoutHoldDays: 0, payoutMinimumNanos: 0n });
  const zero = { available: 0n, held: 0n, promo: 0n, promoHeld: 0n, limit: 0n, owed: 0n, creditHeld: 0n };
  buyers = await Promise.all(
    [1, 2, 3].map(async () => ({
      person: await makeBuyer(platform, { balance: '0.000000001' }),
      ...zero,
      available: 1n,
      allowed: [0n, 0n],
    })),
  );
  sellers = await Promise.all(
    [1, 2].map(async () => {
      const person = await makeSeller(platform);
      await openPayoutAccount(platform, person.organizationId);
      return { person, pending: 0n, available: 0n, inTransit: 0n, releasedUpTo: -1 };
    }),
  );
});
afterAll(() => platform.close());

const PROCESSES = ['alw_one', 'alw_other'] as const;

/** What a process has set aside for the buyer is so much from now on. */
function allow(buyer: ModelBuyer, process: number, amount: bigint): void {
  const had = buyer.allowed[process]!;
  buyer.available += had - amount;
  buyer.held += amount - had;
  buyer.allowed[process] = amount;
}

/** Whoever looks at a wallet gets back what was set aside. */
function recall(buyer: ModelBuyer): void {
  allow(buyer, 0, 0n);
  allow(buyer, 1, 0n);
}

const least = (...amounts: bigint[]) => amounts.reduce((a, b) => (a < b ? a : b));

/** Promotional credit first, then money, then what may be owed. */
function split(buyer: ModelBuyer, amount: bigint): Parts | null {
  const room = buyer.limit - buyer.owed - buyer.creditHeld;
  const promo = least(amount, buyer.promo);
  const wallet = least(amount - promo, buyer.available);
  const credit = amount - promo - wallet;
  return credit > (room > 0n ? room : 0n) ? null : { promo, wallet, credit };
}

function setAside(buyer: ModelBuyer, { promo, wallet, credit }: Parts): void {
  buyer.promo -= promo;
  buyer.promoHeld += promo;
  buyer.available -= wallet;
  buyer.held += wallet;
  buyer.creditHeld += credit;
}

function close(hold: ModelHold, wanted: bigint): void {
  const { buyer, seller } = hold;
  const total = least(wanted, hold.promo + hold.wallet + hold.credit);
  const promo = least(total, hold.promo);
  const wallet = least(total - promo, hold.wallet);
  const credit = total - promo - wallet;
  buyer.promoHeld -= hold.promo;
  buyer.promo += hold.promo - promo;
  buyer.held -= hold.wallet;
  buyer.available += hold.wallet - wallet;
  buyer.creditHeld -= hold.credit;
  buyer.owed += credit;
  holds.splice(holds.indexOf(hold), 1);
  settled.push(hold.call);
  if (total > 0n) charge(seller, buyer, hold.call.requestId, { promo, wallet, credit });
}

function charge(seller: ModelSeller, buyer: ModelBuyer, requestId: string, parts: Parts): void {
  const total = parts.promo + parts.wallet + parts.credit;
  const fee = feeOf(total, basisPoints);
  seller.pending += total - fee;
  platformFee += fee;
  charges.push({ requestId, position: charges.length, buyer, seller, ...parts, fee, isRefunded: false });
}

/** Charged for what was delivered, whatever there is. */
function owe(buyer: ModelBuyer, seller: ModelSeller, requestId: string, total: bigint): void {
  recall(buyer);
  const promo = least(total, buyer.promo);
  const wallet = least(total - promo, buyer.available);
  const credit = total - promo - wallet;
  buyer.promo -= promo;
  buyer.available -= wallet;
  buyer.owed += credit;
  charge(seller, buyer, requestId, { promo, wallet, credit });
}

/** The event that corrects another one has the next id. */
function correctionOf(requestId: string): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  return requestId.slice(0, -1) + alphabet[(alphabet.indexOf(requestId.at(-1)!) + 1) % alphabet.length];
}

interface Drawn {
  a: number;
  b: number;
  amount: bigint;
}
const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(1, from.length)];

const OPS: Record<string, (drawn: Drawn) => Promise<void>> = {
  async topUp({ a, amount: drawn }) {
    const buyer = pick(buyers, a)!;
    // Little, so that promotional credit, wallet and credit limit all run out again and again.
    const amount = (drawn % 3_000_000_000n) + 1n;
    const reference = newId('checkout');
    const { organizationId } = buyer.person;
    await platform.db.insert(checkouts).values({
      id: reference,
      organizationId,
      kind: 'wallet_top_up',
      status: 'paid',
      amountNanos: amount,
      idempotencyKey: reference,
      paidAt: clock.date(),
    });
    await creditWallet(system, { organizationId, amountNanos: amount, kind: 'wallet_top_up', reference });
    recall(buyer);
    buyer.available += amount;
    topUps.push({ reference, buyer, amount });
  },
  async topUpAgain({ a }) {
    const again = pick(topUps, a);
    if (!again) return;
    const { organizationId } = again.buyer.person;
    const credited = await creditWallet(system, {
      organizationId,
      amountNanos: again.amount,
      kind: 'wallet_top_up',
      reference: again.reference,
    });
    expect(credited).toBe(false);
    recall(again.buyer);
  },
  async grant({ a, b, amount }) {
    const buyer = pick(buyers, a)!;
    const credit = (amount % 1_000_000_000n) + 1n;
    await grantPromotionalCredit(system, {
      organizationId: buyer.person.organizationId,
      amountNanos: credit,
      reason: 'model',
      ...(b % 2 === 0 && { expiresAt: new Date(clock.now() + 86_400_000 * (1 + (b % 20))) }),
    });
    recall(buyer);
    buyer.promo += credit;
  },
  /** The only place where what there is decides: which credit is how far spent is not modelled. */
  async expire({ a }) {
    const buyer = pick(buyers, a)!;
    if (buyer.promoHeld > 0n) return;
    const { organizationId } = buyer.person;
    const [credit] = await platform.db.execute<{ id: string; remaining: string }>(sql`
      update promotional_credits set expires_at = ${clock.date().toISOString()}::timestamptz - interval '1 second'
      where id = (select id from promotional_credits where organization_id = ${organizationId} and remaining_nanos > 0
        order by id limit 1) returning id, remaining_nanos::text as remaining`);
    await expirePromotionalCredits(system);
    await expirePromotionalCredits(system);
    if (credit) {
      recall(buyer);
      buyer.promo -= BigInt(credit.remaining);
    }
  },
  async creditLimit({ a, amount }) {
    const buyer = pick(buyers, a)!;
    buyer.limit = amount % 5_000_000_000n;
    await platform.db
      .update(wallets)
      .set({ creditLimitNanos: buyer.limit })
      .where(sql`${wallets.organizationId} = ${buyer.person.organizationId}`);
  },
  async hold({ a, b, amount }) {
    const buyer = pick(buyers, a)!;
    const seller = pick(sellers, b)!;
    const call = { requestId: newId('request'), buyer: buyer.person, seller: seller.person };
    const wanted = ((amount % 500n) + 1n) * unitPrice;
    const parts = split(buyer, wanted);
    expect(await holdFor(platform, call, wanted)).toBe(parts !== null);
    if (!parts) return;
    setAside(buyer, parts);
    holds.push({ call, buyer, seller, ...parts });
  },
  async renewAllowance({ a, b, amount }) {
    const buyer = pick(buyers, a)!;
    const { organizationId } = buyer.person;
    const wanted = b % 9 === 0 ? 0n : amount % 60_000_000n;
    const gets =
      buyer.promo === 0n && (buyer.available + buyer.allowed[b % 2]!) / 64n >= wanted ? wanted : 0n;
    const renewed = await renewAllowances(
      platform.database,
      PROCESSES[b % 2]!,
      new Map([[organizationId, wanted]]),
    );
    expect(renewed?.get(organizationId) ?? 0n).toBe(gets);
    allow(buyer, b % 2, gets);
  },
  async holdByAllowance({ a, b, amount }) {
    const allowed = buyers.filter((one) => one.allowed[b % 2]! > 0n);
    const buyer = pick(allowed, a) ?? pick(buyers, a)!;
    const seller = pick(sellers, b)!;
    const call = { requestId: newId('request'), buyer: buyer.person, seller: seller.person };
    // Half of what is tried is covered.
    const wanted = (amount % (2n * buyer.allowed[b % 2]! + 2n)) + 1n;
    const answers = await holdByAllowance(platform.database, PROCESSES[b % 2]!, [holdOf(call, wanted)]);
    expect(answers.has(call.requestId)).toBe(buyer.allowed[b % 2]! >= wanted);
    if (!answers.has(call.requestId)) return;
    buyer.allowed[b % 2]! -= wanted;
    heldAhead++;
    holds.push({ call, buyer, seller, promo: 0n, wallet: wanted, credit: 0n });
  },
  async holdWithAllowances({ a, b, amount }) {
    const buyer = pick(buyers, a)!;
    const seller = pick(sellers, b)!;
    recall(buyer);
    const call = { requestId: newId('request'), buyer: buyer.person, seller: seller.person };
    const wanted = ((amount % 500n) + 1n) * unitPrice;
    const parts = split(buyer, wanted);
    const answers = await holdWithAllowances(platform.database, [holdOf(call, wanted)]);
    expect(answers.get(call.requestId)?.refusal === null).toBe(parts !== null);
    if (!parts) return;
    setAside(buyer, parts);
    holds.push({ call, buyer, seller, ...parts });
  },
  async extend({ a, amount }) {
    const hold = pick(holds, a);
    if (!hold) return;
    const more = (amount % (unitPrice * 50n)) + 1n;
    const parts = split(hold.buyer, more);
    expect(await holdFor(platform, hold.call, more, 'extend')).toBe(parts !== null);
    if (!parts) return;
    setAside(hold.buyer, parts);
    hold.promo += parts.promo;
    hold.wallet += parts.wallet;
    hold.credit += parts.credit;
  },
  async settle({ a, b, amount }) {
    const hold = pick(holds, a);
    if (!hold) return;
    const all = hold.promo + hold.wallet + hold.credit;
    // All of it, a part, or more than was held.
    const wanted = b % 4 === 0 ? all : b % 4 === 1 ? all + amount : (all * BigInt(b % 100)) / 100n;
    expect(await settleFor(platform, hold.call, wanted)).toBe(true);
    close(hold, wanted);
  },
  async release({ a }) {
    const hold = pick(holds, a);
    if (!hold) return;
    await settleFor(platform, hold.call, 0n);
    close(hold, 0n);
  },
  async settleAgain({ a, amount }) {
    const call = pick(settled, a);
    if (!call) return;
    expect(await settleFor(platform, call, amount)).toBe(false);
    // Whether it has been corrected already is seen where its wallet is locked.
    if (corrected.has(call)) recall(buyers.find(({ person }) => person === call.buyer)!);
  },
  async sweep({ a }) {
    const hold = pick(holds, a);
    if (!hold) return;
    await platform.db.execute(
      sql`update holds set expires_at = now() - interval '1 minute' where request_id = ${hold.call.requestId}`,
    );
    await platform.db.execute(
      sql`update allowances set expires_at = now() - interval '1 minute' where id = ${PROCESSES[0]}`,
    );
    expect(await releaseExpiredHolds(system)).toBe(1);
    for (const buyer of buyers) allow(buyer, 0, 0n);
    close(hold, 0n);
    settled.splice(settled.indexOf(hold.call), 1);
    swept.push(hold);
  },
  /** A call that was taken for dead and ended well after all: it is owed, also beyond what there is. */
  async settleLate({ a, amount }) {
    const late = pick(swept, a);
    if (!late) return;
    const { buyer, seller, call } = late;
    const total = (amount % 3_000_000_000n) + 1n;
    expect(await settleFor(platform, call, total)).toBe(true);
    swept.splice(swept.indexOf(late), 1);
    settled.push(call);
    corrected.add(call);
    owe(buyer, seller, correctionOf(call.requestId), total);
  },
  /** The database lost the hold, and what it had taken, with the last moment before a crash. */
  async settleLost({ a, b, amount }) {
    const buyer = pick(buyers, a)!;
    const seller = pick(sellers, b)!;
    const call = { requestId: newId('request'), buyer: buyer.person, seller: seller.person };
    const total = (amount % 30_000_000n) + 1n;
    expect(await settleFor(platform, call, total)).toBe(true);
    settled.push(call);
    owe(buyer, seller, correctionOf(call.requestId), total);
  },
  async refund({ a, b }) {
    const of = pick(charges, a);
    if (!of) return;
    const total = of.promo + of.wallet + of.credit;
    const part = b % 3 === 0 ? (total * BigInt(b % 90) + 99n) / 100n : total;
    const amount = part > 0n ? part : 1n;
    await refundCall(system, {
      organizationId: of.buyer.person.organizationId,
      requestId: of.requestId,
      ...(amount !== total && { amountNanos: amount }),
      ...(b % 2 === 0 && { disputeId: 'dsp_model' }),
      reason: 'model',
      createdBy: 'system:test',
    });
    const { buyer, seller } = of;
    recall(buyer);
    if (of.isRefunded) return;
    of.isRefunded = true;
    const owed = least(of.credit, buyer.owed);
    const credit = least(amount, owed);
    const wallet = least(amount - credit, total - of.promo - owed);
    buyer.owed -= credit;
    buyer.available += wallet;
    buyer.promo += amount - credit - wallet;
    const fee = (of.fee * amount) / total;
    platformFee -= fee;
    if (of.position <= seller.releasedUpTo) seller.available -= amount - fee;
    else seller.pending -= amount - fee;
  },
  async releaseEarnings() {
    // Behind everything that was booked so far, before everything that comes.
    const [row] = await platform.db.execute<{ ms: string }>(
      sql`select (ceil(extract(epoch from clock_timestamp()) * 1000) + 1)::text as ms, pg_sleep(0.003)`,
    );
    clock.set(Number(row!.ms));
    await releaseEarnings(system);
    await releaseEarnings(system);
    for (const seller of sellers) {
      if (seller.pending <= 0n) continue;
      seller.available += seller.pending;
      seller.pending = 0n;
      seller.releasedUpTo = charges.length - 1;
    }
  },
  async payout({ a }) {
    const seller = pick(sellers, a)!;
    const amount = seller.available - (seller.available % CENT);
    try {
      const payout = await requestPayout(seller.person.ctx);
      expect(payout.amountNanos).toBe(amount);
    } catch (error) {
      expect(hasErrorCode(error, 'conflict')).toBe(true);
      expect(amount).toBeLessThanOrEqual(0n);
      return;
    }
    seller.available -= amount;
    seller.inTransit += amount;
    const [row] = await platform.db
      .select({ id: payouts.id })
      .from(payouts)
      .orderBy(sql`${payouts.id} desc`)
      .limit(1);
    sent.push({ id: row!.id, seller, left: amount, status: 'pending' });
  },
  async sendPayout({ a, b }) {
    const payout = pick(
      sent.filter(({ status }) => status === 'pending'),
      a,
    );
    if (!payout) return;
    const isRefused = b % 3 === 0;
    fake.refuse = isRefused ? { transfer: INSUFFICIENT } : {};
    const write = () => ({ subject: 's', text: 't' });
    await advancePayout(system, { payoutId: payout.id, write, writeReversal: write });
    fake.refuse = {};
    await advancePayout(system, { payoutId: payout.id, write, writeReversal: write });
    payout.seller.inTransit -= payout.left;
    if (isRefused) {
      payout.seller.available += payout.left;
      sent.splice(sent.indexOf(payout), 1);
    } else payout.status = 'paid';
  },
  async recover({ a }) {
    const seller = pick(sellers, a)!;
    await recoverPayouts(system, {
      organizationId: seller.person.organizationId,
      write: () => ({ subject: 's', text: 't' }),
    });
    const open = sent.filter(
      (payout) => payout.seller === seller && payout.status === 'paid' && payout.left > 0n,
    );
    for (const payout of open.sort((x, y) => (x.id < y.id ? 1 : -1))) {
      if (seller.available >= 0n) break;
      const missing = ((-seller.available + CENT - 1n) / CENT) * CENT;
      const back = least(missing, payout.left);
      payout.left -= back;
      seller.available += back;
    }
  },
  async changeFee({ b }) {
    basisPoints = b % 3_000;
    await platform.db.insert(platformFees).values({ effectiveFrom: sql`clock_timestamp()`, basisPoints });
  },
  changePrice({ amount }) {
    unitPrice = (amount % 4_000_000n) + 1n;
    return Promise.resolve();
  },
  /** An invoice over all that is owed, paid at once, and once more. */
  async payInvoice({ a }) {
    const buyer = pick(buyers, a)!;
    const amount = buyer.owed;
    if (amount === 0n) return;
    const { organizationId } = buyer.person;
    const id = newId('invoice');
    const start = new Date(Date.UTC(1990, 0, 1) + invoiced++ * 86_400_000);
    const sums = { subtotalNanos: amount, totalNanos: amount, dueNanos: amount, creditNanos: amount };
    await platform.db
      .insert(invoices)
      .values({ id, organizationId, periodStart: start, periodEnd: start, timeZone: 'UTC', ...sums });
    await platform.db.insert(invoiceLines).values({
      id: newId('invoiceLine'),
      invoiceId: id,
      position: 0,
      kind: 'usage',
      exactNanos: amount,
      amountNanos: amount,
    });
    await platform.db
      .update(invoices)
      .set({ status: 'paid', number: id, finalizedAt: clock.date(), paidNanos: amount })
      .where(sql`${invoices.id} = ${id}`);
    for (const isFirst of [true, false]) {
      await platform.db.transaction(async (tx) => {
        const ctx = { ...system, db: tx };
        const posted = await postTransaction(ctx, {
          kind: 'invoice_payment',
          reference: `${id}:model`,
          entries: [
            { organizationId, purpose: 'buyer_receivable', amountNanos: amount },
            { organizationId: null, purpose: 'processor_clearing', amountNanos: -amount },
          ],
        });
        expect(posted !== null).toBe(isFirst);
        if (posted) await moveWallet(ctx, { organizationId, creditUsedNanos: -amount });
      });
    }
    recall(buyer);
    buyer.owed = 0n;
  },
};

/** How often each happens, in proportion; the rest about once in thirty. */
const WEIGHTS: Record<string, number> = {
  hold: 10,
  settle: 8,
  extend: 3,
  renewAllowance: 5,
  holdByAllowance: 5,
  topUp: 2,
  refund: 3,
  sweep: 1,
};
const operation = fc.record({
  name: fc.oneof(
    ...Object.keys(OPS).map((name) => ({ weight: WEIGHTS[name] ?? 1, arbitrary: fc.constant(name) })),
  ),
  a: fc.nat(10_000),
  b: fc.nat(10_000),
  amount: fc.oneof(fc.bigInt(1n, 100n), fc.bigInt(1n, 20_000_000_000n), fc.bigInt(1n, 1_000_000_000_000n)),
});

/**
 * Buyers get back so much that a payout that was sent is taken back whole. Chance alone brings that about
 * in two runs of three; here it follows from whatever state the operations have left.
 */
async function takeBackWholePayout(): Promise<void> {
  const isPaid = (payout: (typeof sent)[number]) => payout.status === 'paid';
  while (sent.some((payout) => !isPaid(payout))) await OPS.sendPayout!({ a: 0, b: 1, amount: 1n });
  const latest = sent.filter((payout) => isPaid(payout) && payout.left > 0n).at(-1);
  if (!latest) return;
  const { seller } = latest;
  for (const [a, of] of charges.entries()) {
    if (seller.available <= -latest.left) break;
    if (of.seller === seller && of.position <= seller.releasedUpTo)
      await OPS.refund!({ a, b: 1, amount: 1n });
  }
  await OPS.recover!({ a: sellers.indexOf(seller), b: 0, amount: 1n });
}

async function compare(): Promise<void> {
  for (const buyer of buyers) {
    const [wallet] = await platform.db
      .select()
      .from(wallets)
      .where(sql`${wallets.organizationId} = ${buyer.person.organizationId}`);
    expect(wallet).toMatchObject({
      availableNanos: buyer.available,
      heldNanos: buyer.held,
      promoNanos: buyer.promo,
      promoHeldNanos: buyer.promoHeld,
      creditUsedNanos: buyer.owed,
      creditHeldNanos: buyer.creditHeld,
    });
  }
  const balance = (
    organizationId: string | null,
    purpose: Parameters<typeof getLedgerBalance>[1]['purpose'],
  ) => getLedgerBalance(system, { organizationId, purpose });
  for (const { person, ...model } of sellers) {
    expect({
      pending: await balance(person.organizationId, 'seller_pending'),
      available: await balance(person.organizationId, 'seller_available'),
      inTransit: await balance(person.organizationId, 'payout_in_transit'),
    }).toEqual({ pending: model.pending, available: model.available, inTransit: model.inTransit });
  }
  expect(await balance(null, 'platform_fee')).toBe(platformFee);
  const [lopsided] = await platform.db.execute<{ count: number }>(sql`
    select count(*)::integer as count from (
      select transaction_id from ledger_entries group by transaction_id having sum(amount_nanos) <> 0) as t`);
  expect(lopsided!.count).toBe(0);
}

// Never tried again: what disagrees once about money is wrong.
it(
  `agrees with a model to the nano after every ${CHUNK} of ${OPERATIONS} random operations`,
  { retry: 0, timeout: 600_000 },
  async () => {
    const seen = new Map<string, number>();
    let chunks = 0;
    await fc.assert(
      // A chunk is drawn from its seed, so that a failure prints a number and not five hundred operations.
      fc.asyncProperty(fc.nat(), async (seed) => {
        for (const { name, ...drawn } of fc.sample(operation, { seed, numRuns: CHUNK })) {
          await OPS[name]!(drawn);
          seen.set(name, (seen.get(name) ?? 0) + 1);
        }
        await compare();
        // The proof of all the books reads everything there is; the sums above are compared each time.
        if (++chunks % 5 === 0) expect((await verifyLedger(system)).problems).toEqual([]);
      }),
      // State goes on from chunk to chunk: a shorter sequence would start from another one.
      { numRuns: OPERATIONS / CHUNK, endOnFailure: true },
    );
    await takeBackWholePayout();
    await compare();
    expect((await verifyLedger(system)).problems).toEqual([]);
    // No test of what did not happen.
    expect([...seen.keys()].sort()).toEqual(Object.keys(OPS).sort());
    expect(charges.length).toBeGreaterThan(500);
    expect(heldAhead).toBeGreaterThan(50);
    for (const source of ['promo', 'wallet', 'credit'] as const) {
      expect(charges.some((one) => one.isRefunded && one[source] > 0n)).toBe(true);
    }
    expect(invoiced).toBeGreaterThan(0);
    expect(sent.some(({ left, status }) => status === 'paid' && left === 0n)).toBe(true);
  },
);

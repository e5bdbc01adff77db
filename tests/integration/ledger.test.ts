import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  getLedgerBalance,
  listEntries,
  postTransaction,
  verifyLedger,
} from '../../app/domain/ledger/index.ts';
import {
  creditWallet,
  getWallet,
  getWalletStatement,
  releaseExpiredHolds,
} from '../../app/domain/wallets/index.ts';
import { holdCalls, settleCalls } from '../../app/domain/metering/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { newId } from '../../app/lib/ids.ts';
import { feeOf } from '../../app/lib/money.ts';
import { makeBuyer, makeSeller, unique, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { PLAIN_CALL } from '../support/usage-events.ts';

let platform: TestPlatform;
let second: TestPlatform;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform();
  second = await createTestPlatform({}, { databaseUrl: platform.databaseUrl });
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(async () => {
  await second.close();
  await platform.close();
});

const LONG_SECONDS = 600;
const BASIS_POINTS = 1_000;

/** Which of these holds were admitted; as the gateway asks for them. */
async function hold(
  on: TestPlatform,
  buyer: Person,
  seller: Person,
  holds: { requestId: string; amount: bigint }[],
): Promise<string[]> {
  const held = await holdCalls(
    on.database,
    holds.map(({ requestId, amount }) => ({
      organizationId: buyer.organizationId,
      requestId,
      amountNanos: amount,
      ttlSeconds: LONG_SECONDS,
      call: { ...callOf(seller), method: 'GET' },
    })),
  );
  return [...held].flatMap(([requestId, { refusal }]) => (refusal === null ? [requestId] : []));
}

function callOf(seller: Person) {
  return {
    seller_organization_id: seller.organizationId,
    service_id: 'svc_test',
    plan_id: 'pln_test',
    price_version_id: 'prv_test',
    subscription_id: 'sub_test',
    key_id: 'key_test',
  };
}

/** What was charged. */
async function settle(
  on: TestPlatform,
  buyer: Person,
  seller: Person,
  requestId: string,
  charge: bigint,
): Promise<bigint> {
  const { recorded } = await settleCalls(on.database, [
    {
      ...callOf(seller),
      organization_id: buyer.organizationId,
      request_id: requestId,
      ...PLAIN_CALL,
      charge_nanos: String(charge),
      held: true,
    },
  ]);
  if (recorded === 0) return 0n;
  const [event] = await on.database.sql<{ charge_nanos: string }[]>`
    select charge_nanos from usage_events where request_id = ${requestId}`;
  return BigInt(event!.charge_nanos);
}

const credit = (buyer: Person, amountNanos: bigint, reference = unique('ref')) =>
  creditWallet(system, { organizationId: buyer.organizationId, amountNanos, kind: 'adjustment', reference });

describe('posting', () => {
  it('refuses entries that do not balance and entries that move nothing', async () => {
    const { organizationId } = await makeBuyer(platform);
    const post = (amounts: bigint[]) =>
      postTransaction(system, {
        kind: 'adjustment',
        reference: unique('bad'),
        entries: amounts.map((amountNanos, i) => ({
          organizationId: i === 0 ? organizationId : null,
          purpose: i === 0 ? ('seller_pending' as const) : ('platform_loss' as const),
          amountNanos,
        })),
      });
    for (const amounts of [[1n], [1n, -2n], [0n, 0n], []])
      await expect(post(amounts)).rejects.toThrow(RangeError);
    await expect(post([5n, -5n])).resolves.toMatch(/^ltx_/);
  });

  it('is balanced by the database too, and nothing posted can be changed or deleted', async () => {
    const { organizationId } = await makeBuyer(platform);
    await expect(
      platform.db.transaction(async (tx) => {
        await tx.execute(
          sql`insert into ledger_transactions (id, kind, reference) values ('ltx_lopsided', 'adjustment', 'x')`,
        );
        await tx.execute(sql`insert into ledger_entries (transaction_id, account_id, amount_nanos)
          values ('ltx_lopsided', ledger_account(${organizationId}, 'tax', 'USD'), 1)`);
      }),
    ).rejects.toThrow();
    await credit(await makeBuyer(platform), 5n);
    for (const statement of [
      sql`update ledger_entries set amount_nanos = 1`,
      sql`delete from ledger_entries`,
      sql`update ledger_transactions set kind = 'usage'`,
      sql`truncate ledger_entries`,
    ]) {
      await expect(platform.db.execute(statement)).rejects.toThrow();
    }
  });

  it('posts the same kind and reference once, also when all ask at once', async () => {
    const buyer = await makeBuyer(platform);
    const done = await Promise.all(
      Array.from({ length: 8 }, () => credit(buyer, 7n, `once-${buyer.organizationId}`)),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(7n);
  });

  it('is for jobs only, and accounts are shown to their organization only', async () => {
    const [buyer, stranger] = [await makeBuyer(platform), await makeBuyer(platform)];
    const input = {
      organizationId: buyer.organizationId,
      amountNanos: 5n,
      kind: 'adjustment',
      reference: 'x',
    } as const;
    await expect(creditWallet(buyer.ctx, input)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      postTransaction(buyer.ctx, { kind: 'adjustment', reference: 'x', entries: [] }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const account = { organizationId: buyer.organizationId, purpose: 'buyer_wallet' } as const;
    await expect(getLedgerBalance(stranger.ctx, account)).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      getLedgerBalance(stranger.ctx, { organizationId: null, purpose: 'platform_fee' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await credit(buyer, 5n);
    expect(await listEntries(stranger.ctx, { purpose: 'buyer_wallet' })).toEqual([]);
    expect((await getWalletStatement(stranger.ctx)).movements).toEqual([]);
    await expect(verifyLedger(buyer.ctx)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('holds', () => {
  it('admit exactly what the wallet pays for when 200 calls race on two connections', async () => {
    const [buyer, seller] = [await makeBuyer(platform), await makeSeller(platform)];
    const price = 1_000_003n;
    await credit(buyer, price * 37n + 5n);
    const requests = Array.from({ length: 200 }, () => newId('request'));
    const held = await Promise.all(
      requests.map((requestId, i) =>
        hold(i % 2 === 0 ? platform : second, buyer, seller, [{ requestId, amount: price }]),
      ),
    );
    const admitted = held.flat();
    expect(admitted).toHaveLength(37);
    expect(await getWallet(buyer.ctx)).toMatchObject({ availableNanos: 5n, heldNanos: price * 37n });
    // Each is settled twice at once, on both connections; half of them for less than was held.
    const charged = await Promise.all(
      admitted.flatMap((requestId, i) => {
        const charge = i % 2 === 0 ? price : 1n;
        return [platform, second].map((on) => settle(on, buyer, seller, requestId, charge));
      }),
    );
    const total = charged.reduce((sum, one) => sum + one, 0n);
    expect(total).toBe(price * 19n + 18n);
    expect(await getWallet(buyer.ctx)).toMatchObject({
      availableNanos: price * 37n + 5n - total,
      heldNanos: 0n,
    });
    expect((await verifyLedger(system)).problems).toEqual([]);
  });

  it('of calls that died go back, and a settlement that comes too late is charged all the same, once', async () => {
    const [buyer, seller] = [await makeBuyer(platform), await makeSeller(platform)];
    await credit(buyer, 100n);
    const requestId = newId('request');
    await hold(platform, buyer, seller, [{ requestId, amount: 60n }]);
    await expire([requestId]);
    expect(await releaseExpiredHolds(system)).toBe(1);
    expect(await getWallet(buyer.ctx)).toMatchObject({ availableNanos: 100n, heldNanos: 0n });
    // The event of the dead call stays as it is; another one charges what the answer cost.
    expect(await settle(platform, buyer, seller, requestId, 60n)).toBe(0n);
    expect(await settle(second, buyer, seller, requestId, 60n)).toBe(0n);
    expect(await getWallet(buyer.ctx)).toMatchObject({ availableNanos: 40n, heldNanos: 0n });
    expect(await earnedBy(seller)).toBe(54n);
    expect((await verifyLedger(system)).problems).toEqual([]);
  });
});

const earnedBy = (seller: Person) =>
  getLedgerBalance(seller.ctx, { organizationId: seller.organizationId, purpose: 'seller_pending' });

async function expire(requestIds: string[]): Promise<void> {
  for (const requestId of requestIds) {
    await platform.db.execute(
      sql`update holds set expires_at = now() - interval '1 second' where request_id = ${requestId}`,
    );
  }
}

describe('ledger against a model', () => {
  type Op =
    | { op: 'credit'; amount: bigint }
    | { op: 'hold'; amount: bigint }
    | { op: 'settle'; pick: number; charge: bigint }
    | { op: 'expire'; pick: number }
    | { op: 'replay'; pick: number };

  const amount = fc.bigInt({ min: 1n, max: 2_000_000_000n });
  const op: fc.Arbitrary<Op> = fc.oneof(
    fc.record({ op: fc.constant('credit' as const), amount }),
    fc.record({ op: fc.constant('hold' as const), amount }),
    fc.record({
      op: fc.constant('settle' as const),
      pick: fc.nat(),
      charge: fc.bigInt({ min: -10n, max: 3_000_000_000n }),
    }),
    fc.record({ op: fc.constant('expire' as const), pick: fc.nat() }),
    fc.record({ op: fc.constant('replay' as const), pick: fc.nat() }),
  );

  it('agrees to the nano after any sequence of credits, holds, settlements, releases and replays', async () => {
    let operations = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(op, { minLength: 20, maxLength: 60 }), async (ops) => {
        const [buyer, seller] = [await makeBuyer(platform), await makeSeller(platform)];
        const model = { available: 0n, held: 0n, owed: 0n, earned: 0n, fees: 0n };
        const open = new Map<string, bigint>();
        const closed: string[] = [];
        const swept = new Set<string>();
        const references: { reference: string; amount: bigint }[] = [];
        const feesBefore = await getLedgerBalance(system, { organizationId: null, purpose: 'platform_fee' });
        const pickOf = (pick: number) => [...open.keys()][pick % Math.max(open.size, 1)];
        for (const step of ops) {
          operations++;
          if (step.op === 'credit') {
            const reference = randomBytes(8).toString('hex');
            await credit(buyer, step.amount, reference);
            references.push({ reference, amount: step.amount });
            model.available += step.amount;
          } else if (step.op === 'hold') {
            const requestId = newId('request');
            const admitted = await hold(platform, buyer, seller, [{ requestId, amount: step.amount }]);
            expect(admitted.length === 1).toBe(model.available >= step.amount);
            if (admitted.length === 0) continue;
            model.available -= step.amount;
            model.held += step.amount;
            open.set(requestId, step.amount);
          } else if (step.op === 'settle') {
            const requestId = pickOf(step.pick);
            if (requestId === undefined) continue;
            const heldAmount = open.get(requestId)!;
            const charge = step.charge < 0n ? 0n : step.charge > heldAmount ? heldAmount : step.charge;
            expect(await settle(platform, buyer, seller, requestId, step.charge)).toBe(charge);
            open.delete(requestId);
            closed.push(requestId);
            model.held -= heldAmount;
            model.available += heldAmount - charge;
            model.fees += feeOf(charge, BASIS_POINTS);
            model.earned += charge - feeOf(charge, BASIS_POINTS);
          } else if (step.op === 'expire') {
            const requestId = pickOf(step.pick);
            if (requestId === undefined) continue;
            await expire([requestId]);
            await releaseExpiredHolds(system);
            model.held -= open.get(requestId)!;
            model.available += open.get(requestId)!;
            open.delete(requestId);
            closed.push(requestId);
            swept.add(requestId);
          } else {
            const again = references[step.pick % Math.max(references.length, 1)];
            if (again) expect(await credit(buyer, again.amount, again.reference)).toBe(false);
            const requestId = closed[step.pick % Math.max(closed.length, 1)];
            if (requestId) expect(await settle(platform, buyer, seller, requestId, 5n)).toBe(0n);
            // What comes after the sweeper is owed: from the wallet, and where that is empty, as a debt.
            if (requestId && swept.delete(requestId)) {
              const paid = model.available < 5n ? model.available : 5n;
              model.available -= paid;
              model.owed += 5n - paid;
              model.fees += feeOf(5n, BASIS_POINTS);
              model.earned += 5n - feeOf(5n, BASIS_POINTS);
            }
          }
        }
        expect(await getWallet(buyer.ctx)).toMatchObject({
          availableNanos: model.available,
          heldNanos: model.held,
        });
        const balance = (person: Person, purpose: 'buyer_wallet' | 'buyer_receivable' | 'seller_pending') =>
          getLedgerBalance(person.ctx, { organizationId: person.organizationId, purpose });
        expect(await balance(buyer, 'buyer_wallet')).toBe(model.available + model.held);
        expect(await balance(buyer, 'buyer_receivable')).toBe(-model.owed);
        expect(await balance(seller, 'seller_pending')).toBe(model.earned);
        const fees = await getLedgerBalance(system, { organizationId: null, purpose: 'platform_fee' });
        expect(fees - feesBefore).toBe(model.fees);
        const statement = await getWalletStatement(buyer.ctx);
        expect(statement.closing.walletNanos).toBe(model.available + model.held);
        expect((await verifyLedger(system)).problems).toEqual([]);
      }),
      { numRuns: 10 },
    );
    expect(operations).toBeGreaterThan(200);
  });
});

describe('statement', () => {
  it('runs from the opening balance to the closing one, line by line', async () => {
    const [buyer, seller] = [await makeBuyer(platform), await makeSeller(platform)];
    for (const amountNanos of [500n, 300n]) await credit(buyer, amountNanos);
    for (let i = 0; i < 5; i++) {
      const requestId = newId('request');
      await hold(platform, buyer, seller, [{ requestId, amount: 10n }]);
      await settle(platform, buyer, seller, requestId, 10n);
    }
    const { opening, closing, movements } = await getWalletStatement(buyer.ctx);
    expect(opening.walletNanos).toBe(0n);
    expect(closing.walletNanos).toBe(750n);
    // A day's usage of a service is one line.
    expect(movements.map(({ kind, walletNanos }) => [kind, walletNanos])).toEqual([
      ['adjustment', 500n],
      ['adjustment', 300n],
      ['usage', -50n],
    ]);
    let balance = opening.walletNanos;
    for (const movement of movements) {
      balance += movement.walletNanos;
      expect(movement.balanceNanos).toBe(balance);
    }
  });

  it('pages through entries with the balance after each', async () => {
    const buyer = await makeBuyer(platform);
    for (const amountNanos of [1n, 2n, 3n, 4n]) await credit(buyer, amountNanos);
    const first = await listEntries(buyer.ctx, { purpose: 'buyer_wallet', limit: 2 });
    const rest = await listEntries(buyer.ctx, { purpose: 'buyer_wallet', before: first.at(-1)!.id });
    expect([...first, ...rest].map((line) => [line.amountNanos, line.balanceNanos])).toEqual([
      [4n, 10n],
      [3n, 6n],
      [2n, 3n],
      [1n, 1n],
    ]);
  });
});

describe('verify-ledger', () => {
  it('names the organization whose wallet does not agree, and by how much', async () => {
    const buyer = await makeBuyer(platform);
    await credit(buyer, 1_000n);
    const id = buyer.organizationId;
    await platform.db.execute(
      sql`update wallets set available_nanos = available_nanos + 1 where organization_id = ${id}`,
    );
    const { ok, problems } = await verifyLedger(system);
    expect(ok).toBe(false);
    expect(problems).toEqual([
      expect.objectContaining({ subject: id, expectedNanos: 1_000n, actualNanos: 1_001n }),
    ]);
    await platform.db.execute(
      sql`update wallets set available_nanos = available_nanos - 1 where organization_id = ${id}`,
    );
    await platform.db.execute(
      sql`update wallets set available_nanos = 0, held_nanos = 1000 where organization_id = ${id}`,
    );
    expect((await verifyLedger(system)).problems.map(({ check }) => check)).toEqual([
      'open holds add up to what a wallet holds',
    ]);
    await platform.db.execute(
      sql`update wallets set available_nanos = 1000, held_nanos = 0 where organization_id = ${id}`,
    );
    expect((await verifyLedger(system)).ok).toBe(true);
  });
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { releaseEarnings } from '../../app/domain/earnings/index.ts';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  advancePayout,
  getPayoutState,
  listPayouts,
  recoverPayouts,
  requestPayout,
  startOnboarding,
} from '../../app/domain/payouts/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { verifyStripe } from '../../app/domain/verdicts/index.ts';
import { parseDecimal } from '../../app/lib/money.ts';
import { platformSettings } from '../../db/schema/index.ts';
import { bookUsage } from '../support/book-usage.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, makeSeller, type Person } from '../support/factories.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

const DAY_MS = 86_400_000;
const clock = createTestClock();
let bench: PaymentsBench;

beforeAll(async () => {
  bench = await startPaymentsBench({ clock });
  await bench.platform.db
    .update(platformSettings)
    .set({ payoutHoldDays: 0 })
    .where(eq(platformSettings.id, 1));
  await bench.platform.payments.stripe.topups.create({ amount: 1_000_000, currency: 'usd' });
});
afterAll(() => bench.close());

const write = () => ({ subject: 'subject', text: 'text' });
const advance = (payoutId: string) => advancePayout(bench.system, { payoutId, write, writeReversal: write });
const state = (seller: Person) => getPayoutState(seller.ctx);

/** Every event that has come so far, as the webhook and its job take it. */
async function takeAll(from: number): Promise<void> {
  await bench.platform.payments.sandbox!.idle();
  for (const event of bench.received.slice(from)) await bench.take(event);
}

async function onboard(seller: Person, bank: string): Promise<void> {
  const from = bench.received.length;
  const { url } = await startOnboarding(seller.ctx, { country: 'us' });
  expect(await state(seller)).toMatchObject({ onboarding: 'incomplete', country: 'US' });
  await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ bank }) });
  // The way back tells nothing; the event does.
  expect(await state(seller)).toMatchObject({ onboarding: 'incomplete' });
  await takeAll(from);
  expect(await state(seller)).toMatchObject({ onboarding: 'ready', requirements: [] });
}

async function earn(seller: Person): Promise<{ buyer: Person; requestId: string }> {
  const buyer = await makeBuyer(bench.platform, { balance: '100' });
  const requestId = await bookUsage(bench.platform, { buyer, seller, chargeNanos: parseDecimal('20')! });
  // The clock of the test stands still; what the database has just booked lies after it.
  clock.advance(600_000);
  await releaseEarnings(bench.system);
  return { buyer, requestId };
}

it('goes from onboarding to the bank through the Stripe client, and back when it is refunded', async () => {
  const seller = await makeSeller(bench.platform);
  await onboard(seller, '000123456789');
  // Once more: the same account, another link.
  await startOnboarding(seller.ctx, { country: 'DE' });
  expect(await state(seller)).toMatchObject({ country: 'US' });
  const { buyer, requestId } = await earn(seller);
  const payout = await requestPayout(seller.ctx);
  expect(payout.amountNanos).toBe(parseDecimal('18'));
  await advance(payout.id);
  expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'in_transit' }]);
  clock.advance(7 * DAY_MS);
  await bench.platform.payments.sandbox!.tick();
  await advance(payout.id);
  await advance(payout.id);
  expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'paid' }]);
  expect(await verifyLedger(bench.system)).toMatchObject({ ok: true });
  // The bank has it: nothing is left at Stripe to be called back, so it is owed.
  await refundCall(bench.system, {
    organizationId: buyer.organizationId,
    requestId,
    reason: 'test',
    createdBy: 'system:test',
  });
  await recoverPayouts(bench.system, { organizationId: seller.organizationId, write });
  expect(await state(seller)).toMatchObject({ availableNanos: parseDecimal('-18') });
  expect(await verifyLedger(bench.system)).toMatchObject({ ok: true });
  expect(await verifyStripe(bench.system)).toEqual([]);
});

it('comes back when the bank refuses it', async () => {
  const seller = await makeSeller(bench.platform);
  await onboard(seller, '000111111116');
  await earn(seller);
  const payout = await requestPayout(seller.ctx);
  await advance(payout.id);
  clock.advance(7 * DAY_MS);
  await bench.platform.payments.sandbox!.tick();
  await advance(payout.id);
  await advance(payout.id);
  expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'failed', failure: 'no_account' }]);
  expect(await state(seller)).toMatchObject({ availableNanos: parseDecimal('18'), inTransitNanos: 0n });
  expect(await verifyLedger(bench.system)).toMatchObject({ ok: true });
  expect(await verifyStripe(bench.system)).toEqual([]);
});

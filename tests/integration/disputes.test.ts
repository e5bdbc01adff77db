/** A buyer contests charges: the evidence, the seller's answer, the administrators' decision. */
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disputeCalls, disputes, mails, refunds, usageEvents, users } from '../../db/schema/index.ts';
import {
  answerDispute,
  decideDispute,
  escalateDisputes,
  getDispute,
  listDisputes,
  openDispute,
  withdrawDispute,
} from '../../app/domain/disputes/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';
import { tellOfDispute } from '../../worker/tasks/tell-of-dispute.ts';
import { makeAdministrator, makeMarketplace, type Marketplace } from '../support/factories.ts';
import { createTestPlatform } from '../support/platform.ts';

const CHARGE = 1_000_000n;
const FEE = 100_000n;

let platform: Platform;
let market: Marketplace;
let admin: Awaited<ReturnType<typeof makeAdministrator>>;
beforeAll(async () => {
  platform = await createTestPlatform();
  market = await makeMarketplace(platform);
  admin = await makeAdministrator(platform);
});
afterAll(() => platform.close());

const system = () => platform.createContext({ type: 'system', job: 'test' });

async function record(changes: Partial<typeof usageEvents.$inferInsert> = {}): Promise<string> {
  const requestId = newId('request');
  await platform.db.insert(usageEvents).values({
    organizationId: market.buyer.organizationId,
    requestId,
    sellerOrganizationId: market.seller.organizationId,
    serviceId: market.service.id,
    planId: market.plan.id,
    priceVersionId: market.plan.price.id,
    subscriptionId: market.subscription.id,
    keyId: 'key_disputed',
    method: 'GET',
    statusCode: 200,
    terminalState: 'complete',
    fault: 'none',
    requestBytes: 0,
    responseBytes: 512,
    totalMs: 40,
    chargeNanos: CHARGE,
    feeNanos: FEE,
    ...changes,
  });
  return requestId;
}

const failed = {
  statusCode: 502,
  terminalState: 'upstream_error',
  fault: 'seller',
  responseBytes: 0,
} as const;
const available = async () => (await getWallet(market.buyer.ctx)).availableNanos;
const refundsOf = (requestId: string) =>
  platform.db
    .select()
    .from(refunds)
    .where(and(eq(refunds.kind, 'call'), eq(refunds.reference, requestId)));

describe('a dispute', () => {
  it('refunds at once an upstream error that was charged, and names the evidence', async () => {
    const requestId = await record(failed);
    const before = await available();
    const dispute = await openDispute(market.buyer.ctx, {
      requestIds: [requestId],
      reason: 'upstream_error',
    });
    expect(dispute).toMatchObject({
      status: 'refunded',
      refundedNanos: CHARGE,
      decidedBy: 'system:evidence',
    });
    expect(dispute.callList[0]!.evidence).toMatchObject({ statusCode: 502, fault: 'seller' });
    expect(await available()).toBe(before + CHARGE);
    expect(await refundsOf(requestId)).toMatchObject([
      { disputeId: dispute.id, amountNanos: CHARGE, feeNanos: FEE },
    ]);
  });

  it('refunds the second call of one Idempotency-Key at once, and not the first', async () => {
    const trace = { idempotencyHash: newId('request') };
    const first = await record({ trace });
    const second = await record({ trace });
    const dispute = await openDispute(market.buyer.ctx, { requestIds: [first, second], reason: 'duplicate' });
    expect(dispute).toMatchObject({ status: 'open', refundedNanos: CHARGE });
    expect(dispute.callList.map(({ refundId }) => refundId !== null)).toEqual([false, true]);
    expect(dispute.callList[1]!.evidence.duplicateOf).toBe(first);
  });

  it('does not take a call for a duplicate of one that the caller broke off', async () => {
    const trace = { idempotencyHash: newId('request') };
    await record({ trace, statusCode: 499, terminalState: 'client_gone', fault: 'buyer' });
    const second = await record({ trace });
    const dispute = await openDispute(market.buyer.ctx, { requestIds: [second], reason: 'duplicate' });
    expect(dispute).toMatchObject({ status: 'open', refundedNanos: 0n });
  });

  it('keeps the rest for the seller, whose acceptance refunds it', async () => {
    const requestId = await record();
    const { id } = await openDispute(market.buyer.ctx, {
      requestIds: [requestId],
      reason: 'wrong_answer',
      description: 'Nothing of it is true.',
    });
    const seen = await getDispute(market.seller.ctx, { perspective: 'seller', disputeId: id });
    expect(seen).toMatchObject({
      status: 'open',
      suggestion: 'review',
      description: 'Nothing of it is true.',
    });
    const before = await available();
    const accepted = await answerDispute(market.seller.ctx, { disputeId: id, answer: 'accept' });
    expect(accepted).toMatchObject({ status: 'refunded', decidedBy: market.seller.userId });
    expect(await available()).toBe(before + CHARGE);
    await expect(
      answerDispute(market.seller.ctx, { disputeId: id, answer: 'contest', text: 'No.' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it('lets a seller explain once and an administrator decide, call by call', async () => {
    const ids = [await record(), await record(), await record()];
    const { id } = await openDispute(market.buyer.ctx, { requestIds: ids, reason: 'wrong_amount' });
    await answerDispute(market.seller.ctx, {
      disputeId: id,
      answer: 'contest',
      text: 'The price is public.',
    });
    await expect(
      answerDispute(market.seller.ctx, { disputeId: id, answer: 'contest', text: 'Again.' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(
      decideDispute(market.buyer.ctx, { disputeId: id, decision: 'refund', note: 'Mine.' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const decided = await decideDispute(admin.ctx, {
      disputeId: id,
      decision: 'refund',
      requestIds: [ids[1]!],
      note: 'One of them was wrong.',
    });
    expect(decided).toMatchObject({
      status: 'refunded',
      refundedNanos: CHARGE,
      decision: 'One of them was wrong.',
    });
    expect(decided.callList.map(({ refundId }) => refundId !== null)).toEqual([false, true, false]);
    expect(await refundsOf(ids[0]!)).toEqual([]);
  });

  it('moves no money when it is rejected or withdrawn', async () => {
    const before = await available();
    const rejected = await openDispute(market.buyer.ctx, {
      requestIds: [await record()],
      reason: 'upstream_error',
    });
    expect(rejected.suggestion).toBe('reject');
    const { status } = await decideDispute(admin.ctx, {
      disputeId: rejected.id,
      decision: 'reject',
      note: 'It was answered.',
    });
    expect(status).toBe('rejected');
    const given = await openDispute(market.buyer.ctx, {
      requestIds: [await record()],
      reason: 'wrong_answer',
    });
    expect((await withdrawDispute(market.buyer.ctx, { disputeId: given.id })).status).toBe('withdrawn');
    expect(await available()).toBe(before);
  });

  it('takes a range of one service, without the calls that cost nothing', async () => {
    const from = new Date(Date.now() + 86_400_000);
    const occurredAt = new Date(from.getTime() + 60_000);
    await record({ occurredAt });
    await record({ occurredAt, chargeNanos: 0n, feeNanos: 0n });
    await record({ occurredAt: new Date(from.getTime() + 7_200_000) });
    const range = { serviceId: market.service.id, from, to: new Date(from.getTime() + 3_600_000) };
    const dispute = await openDispute(market.buyer.ctx, { ...range, reason: 'wrong_amount' });
    expect(dispute.calls).toBe(1);
    await expect(openDispute(market.buyer.ctx, { ...range, reason: 'wrong_amount' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('contests a call once, also when asked twice at the same moment', async () => {
    const requestId = await record(failed);
    const before = await available();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        openDispute(market.buyer.ctx, { requestIds: [requestId], reason: 'upstream_error' }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await available()).toBe(before + CHARGE);
    expect(await refundsOf(requestId)).toHaveLength(1);
  });

  it.each([
    ['a call that cost nothing', { chargeNanos: 0n, feeNanos: 0n }],
    ['a call of long ago', { occurredAt: new Date('2020-01-01T00:00:00Z') }],
  ])('refuses %s', async (_name, changes) => {
    await expect(
      openDispute(market.buyer.ctx, {
        requestIds: [await record(changes)],
        reason: 'other',
        description: 'x',
      }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each([
    ['neither calls nor a range', { reason: 'duplicate' }, 'serviceId'],
    ['calls and a range', { reason: 'duplicate', requestIds: ['req_x'], serviceId: 'svc_x' }, 'serviceId'],
    ['no words for another reason', { reason: 'other', requestIds: ['req_x'] }, 'description'],
    ['an unknown reason', { reason: 'because', requestIds: ['req_x'] }, 'reason'],
    [
      'a time that is none',
      { reason: 'duplicate', serviceId: 'svc_x', from: new Date('x'), to: new Date() },
      'from',
    ],
  ])('refuses %s and names the field', async (_name, input, field) => {
    await expect(openDispute(market.buyer.ctx, input as never)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: expect.arrayContaining([expect.objectContaining({ field })]),
    });
  });

  it('is nobody else’s: other organizations find no such call and no such dispute', async () => {
    const stranger = await makeMarketplace(platform);
    const requestId = await record();
    const mine = await openDispute(market.buyer.ctx, {
      requestIds: [await record()],
      reason: 'wrong_answer',
    });
    const disputeId = mine.id;
    const refusals = await Promise.all(
      [
        () => openDispute(stranger.buyer.ctx, { requestIds: [requestId], reason: 'duplicate' }),
        // The seller of the call is not its buyer.
        () => openDispute(market.seller.ctx, { requestIds: [requestId], reason: 'duplicate' }),
        () => getDispute(stranger.buyer.ctx, { perspective: 'buyer', disputeId }),
        () => getDispute(stranger.seller.ctx, { perspective: 'seller', disputeId }),
        () => withdrawDispute(stranger.buyer.ctx, { disputeId }),
        () => answerDispute(stranger.seller.ctx, { disputeId, answer: 'accept' }),
        () => answerDispute(market.buyer.ctx, { disputeId, answer: 'accept' }),
      ].map((attempt) =>
        attempt().then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(refusals).toEqual(refusals.map(() => 'not_found'));
    expect((await listDisputes(stranger.buyer.ctx, { perspective: 'buyer' })).total).toBe(0);
    await expect(getDispute(market.buyer.ctx, { perspective: 'admin', disputeId })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await platform.db.$count(disputeCalls, eq(disputeCalls.requestId, requestId))).toBe(0);
  });

  it('goes to the administrators once when the seller does not answer in time', async () => {
    const { id } = await openDispute(market.buyer.ctx, {
      requestIds: [await record()],
      reason: 'wrong_answer',
    });
    await platform.db
      .update(disputes)
      .set({ answerBy: new Date('2026-01-01T00:00:00Z') })
      .where(eq(disputes.id, id));
    expect(await escalateDisputes(system())).toBe(1);
    expect(await escalateDisputes(system())).toBe(0);
    // The seller may still explain.
    const late = await answerDispute(market.seller.ctx, { disputeId: id, answer: 'contest', text: 'Late.' });
    expect(late).toMatchObject({ status: 'open', sellerAnswer: 'Late.' });
  });

  it('is told to the seller in their language, and to both when it is over', async () => {
    for (const { userId } of [market.buyer, market.seller]) {
      await platform.db
        .update(users)
        .set({ email: `${userId}@example.com` })
        .where(eq(users.id, userId));
    }
    const { id } = await openDispute(market.buyer.ctx, {
      requestIds: [await record()],
      reason: 'wrong_answer',
    });
    const about = async () => {
      const rows = await platform.db
        .select({ text: mails.textBody })
        .from(mails)
        .where(sql`${mails.textBody} like ${`%${id}%`}`);
      return rows.map(({ text }) => text.split('\n').at(-1)).sort();
    };
    await tellOfDispute(system(), { disputeId: id, news: 'opened' });
    expect(await about()).toEqual([`${platform.publicUrl}/seller/disputes/${id}`]);
    await decideDispute(admin.ctx, { disputeId: id, decision: 'reject', note: 'No.' });
    await tellOfDispute(system(), { disputeId: id, news: 'decided' });
    expect(await about()).toEqual(
      ['buyer', 'seller', 'seller'].map((area) => `${platform.publicUrl}/${area}/disputes/${id}`),
    );
  });
});

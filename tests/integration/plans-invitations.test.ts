/** Private plans: for those invited they exist, for nobody else. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import {
  acceptPlanInvitation,
  createPlan,
  createPlanInvitation,
  getPlanInvitation,
  getPlanWithPrice,
  listPlanInvitations,
  requireSubscribablePlan,
  resendPlanInvitation,
  revokePlanInvitation,
  updatePlan,
  archivePlan,
} from '../../app/domain/plans/index.ts';
import {
  createService,
  getPublishedService,
  listPublishedServices,
} from '../../app/domain/services/index.ts';
import { createSubscription } from '../../app/domain/subscriptions/index.ts';
import { writeInvitation as write } from '../../app/http/plan-invitation-mail.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { mails, planInvitations, users } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { anonymous, makeMember, type TestMember } from '../support/sellers.ts';
import { unique } from '../support/unique.ts';

let platform: TestPlatform;
let seller: TestMember;
let buyer: TestMember;
let stranger: TestMember;
let serviceId: string;
let slug: string;
let privateId: string;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
  [seller, buyer, stranger] = await Promise.all([
    makeMember(platform),
    makeMember(platform),
    makeMember(platform),
  ]);
  const service = await createService(seller.ctx, {
    name: unique('Private'),
    baseUrl: 'http://127.0.0.1:4010',
    plans: [{ kind: 'per_call', name: 'Public', callPrice: '1' }],
    publish: true,
  });
  ({ id: serviceId, slug } = service);
  const plan = await createPlan(seller.ctx, {
    serviceId,
    kind: 'free',
    name: 'For friends',
    visibility: 'private',
  });
  privateId = plan.id;
});
afterAll(() => platform.close());

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error('nothing was refused', { cause: error });
  return error;
}

/** Invites, and takes the secret out of the mail. */
async function invite(
  email = `${unique('guest')}@example.com`,
): Promise<{ id: string; token: string; email: string }> {
  const { id } = await createPlanInvitation(seller.ctx, { planId: privateId, email, write });
  return { id, email, token: await tokenOf(email) };
}
async function tokenOf(email: string): Promise<string> {
  const sent = await platform.db.select().from(mails).where(eq(mails.toAddress, email)).orderBy(mails.id);
  return /\/invitations\/([\w-]{43})/.exec(sent.at(-1)!.textBody)![1]!;
}

/** What every order and every change of plan asks. */
const canSubscribe = async (ctx: Context, input: { planId: string }): Promise<boolean> =>
  requireSubscribablePlan(ctx, input).then(
    () => true,
    () => false,
  );

describe('a private plan', () => {
  it('is in no catalogue, on no page, behind no address and in no order of others', async () => {
    for (const ctx of [stranger.ctx, anonymous(platform)]) {
      const { plans, startingPlan } = await getPublishedService(ctx, slug);
      expect(plans.map(({ name }) => name)).toEqual(['Public']);
      expect(startingPlan?.name).toBe('Public');
      expect((await refusal(getPlanWithPrice(ctx, { planId: privateId }))).code).toBe('not_found');
      const { items } = await listPublishedServices(ctx, { query: slug });
      expect(items.flatMap(({ plans: listed }) => listed.map(({ name }) => name))).toEqual(['Public']);
      expect(await canSubscribe(ctx, { planId: privateId })).toBe(false);
    }
    expect((await listPublishedServices(stranger.ctx, { query: slug, price: 'free' })).total).toBe(0);
    expect((await refusal(requireSubscribablePlan(stranger.ctx, { planId: privateId }))).status).toBe(404);
    const order = await refusal(createSubscription(stranger.ctx, { service: slug, planId: privateId }));
    expect(order.status).toBe(404);
  });

  it('opens to the organization that accepts, and to it alone', async () => {
    const { token } = await invite();
    expect(await getPlanInvitation(buyer.ctx, { token })).toMatchObject({
      state: 'open',
      planName: 'For friends',
    });
    expect(await acceptPlanInvitation(buyer.ctx, { token })).toMatchObject({
      state: 'yours',
      serviceSlug: slug,
    });
    // Once more is no mistake; somebody else comes too late.
    await acceptPlanInvitation(buyer.ctx, { token });
    expect((await refusal(acceptPlanInvitation(stranger.ctx, { token }))).code).toBe('not_found');
    const { plans } = await getPublishedService(buyer.ctx, slug);
    expect(plans.map(({ name }) => name)).toEqual(['Public', 'For friends']);
    const { subscription } = await createSubscription(buyer.ctx, { service: slug, planId: privateId });
    expect(subscription).toMatchObject({ planId: privateId, status: 'active' });
    expect(await canSubscribe(stranger.ctx, { planId: privateId })).toBe(false);
  });

  it('keeps its subscribers when the invitation is revoked and the plan archived', async () => {
    const guest = await makeMember(platform);
    const { id, token } = await invite();
    await acceptPlanInvitation(guest.ctx, { token });
    const { subscription } = await createSubscription(guest.ctx, { service: slug, planId: privateId });
    await revokePlanInvitation(seller.ctx, { invitationId: id });
    expect(await canSubscribe(guest.ctx, { planId: privateId })).toBe(false);
    expect((await getPlanWithPrice(guest.ctx, { planId: privateId })).id).toBe(subscription.planId);
  });

  it('can be chosen by nobody once it is archived', async () => {
    const plan = await createPlan(seller.ctx, {
      serviceId,
      kind: 'free',
      name: unique('Short'),
      visibility: 'private',
    });
    expect(await canSubscribe(seller.ctx, { planId: plan.id })).toBe(true);
    await archivePlan(seller.ctx, { planId: plan.id });
    expect(await canSubscribe(seller.ctx, { planId: plan.id })).toBe(false);
  });

  it('turns public and private by an update', async () => {
    const plan = await createPlan(seller.ctx, { serviceId, kind: 'free', name: unique('Turning') });
    await updatePlan(seller.ctx, { planId: plan.id, visibility: 'private' });
    expect(await canSubscribe(stranger.ctx, { planId: plan.id })).toBe(false);
    await updatePlan(seller.ctx, { planId: plan.id, visibility: 'public' });
    expect(await canSubscribe(stranger.ctx, { planId: plan.id })).toBe(true);
    await archivePlan(seller.ctx, { planId: plan.id });
  });
});

describe('an invitation', () => {
  it('is a secret of which only the hash is stored', async () => {
    const { id, token } = await invite();
    const [row] = await platform.db.select().from(planInvitations).where(eq(planInvitations.id, id));
    expect(row!.tokenHash).toHaveLength(32);
    expect(JSON.stringify(row)).not.toContain(token);
    const listed = await listPlanInvitations(seller.ctx, { planId: privateId });
    expect(JSON.stringify(listed)).not.toContain(token);
    expect(listed.every((one) => !('tokenHash' in one))).toBe(true);
  });

  it('ends after 14 days, and by being revoked', async () => {
    const { id, token } = await invite();
    const later = { ...stranger.ctx, clock: createTestClock(Date.now() + 14 * 86_400_000 + 1_000) };
    expect((await getPlanInvitation(later, { token })).state).toBe('expired');
    expect((await refusal(acceptPlanInvitation(later, { token }))).code).toBe('conflict');
    await revokePlanInvitation(seller.ctx, { invitationId: id });
    expect((await refusal(getPlanInvitation(stranger.ctx, { token }))).code).toBe('not_found');
  });

  it('is sent again with another secret, not within a minute', async () => {
    const { id, token, email } = await invite();
    expect((await refusal(resendPlanInvitation(seller.ctx, { invitationId: id, write }))).code).toBe(
      'rate_limited',
    );
    const later = { ...seller.ctx, clock: createTestClock(Date.now() + 61_000) };
    await resendPlanInvitation(later, { invitationId: id, write });
    const second = await tokenOf(email);
    expect(second).not.toBe(token);
    expect((await refusal(getPlanInvitation(stranger.ctx, { token }))).code).toBe('not_found');
    expect((await getPlanInvitation(stranger.ctx, { token: second })).state).toBe('open');
  });

  it('goes out once for an address, in the reader’s language', async () => {
    const email = `${unique('taro')}@example.com`;
    await platform.db.update(users).set({ email, locale: 'ja' }).where(eq(users.id, stranger.userId));
    await createPlanInvitation(seller.ctx, { planId: privateId, email: email.toUpperCase(), write });
    const [mail] = await platform.db.select().from(mails).where(eq(mails.toAddress, email));
    expect(mail).toMatchObject({ locale: 'ja' });
    expect(mail!.subject).toContain('招待');
    const again = await refusal(createPlanInvitation(seller.ctx, { planId: privateId, email, write }));
    expect(again.issues).toEqual([{ field: 'email', reason: 'taken' }]);
  });

  it('is for private plans, by people who may sell, and not for oneself', async () => {
    const plan = await createPlan(seller.ctx, { serviceId, kind: 'free', name: unique('Open') });
    const input = { planId: plan.id, email: 'a@example.com', write };
    expect((await refusal(createPlanInvitation(seller.ctx, input))).code).toBe('conflict');
    const asMember = createPlanInvitation(seller.as('member'), { ...input, planId: privateId });
    expect((await refusal(asMember)).code).toBe('forbidden');
    expect((await refusal(createPlanInvitation(seller.ctx, { ...input, email: 'x' }))).issues).toEqual([
      { field: 'email', reason: 'invalid_email' },
    ]);
    const { token } = await invite();
    expect((await refusal(acceptPlanInvitation(seller.ctx, { token }))).code).toBe('conflict');
    expect((await refusal(getPlanInvitation(anonymous(platform), { token }))).code).toBe('unauthenticated');
  });

  it('of another seller does not exist', async () => {
    const { id, token } = await invite();
    for (const work of [
      () => revokePlanInvitation(stranger.ctx, { invitationId: id }),
      () => resendPlanInvitation(stranger.ctx, { invitationId: id, write }),
      () => listPlanInvitations(stranger.ctx, { planId: privateId }),
    ]) {
      expect((await refusal(work())).code).toBe('not_found');
    }
    expect((await getPlanInvitation(stranger.ctx, { token })).state).toBe('open');
  });
});

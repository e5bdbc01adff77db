/** What money looks like in the demo: plans of every kind, credit, a budget, invoices, a dispute, receipts. */
import { saveBillingProfile } from '../../../app/domain/billing-profiles/index.ts';
import { createBudget } from '../../../app/domain/budgets/index.ts';
import type { Context, UserActor } from '../../../app/domain/context.ts';
import { openDispute } from '../../../app/domain/disputes/index.ts';
import { releaseEarnings } from '../../../app/domain/earnings/index.ts';
import { approveInvoice, draftInvoice } from '../../../app/domain/invoices/index.ts';
import { createPlan, createPlanInvitation, listPlans } from '../../../app/domain/plans/index.ts';
import { createRedeemCodes, grantPromotionalCredit } from '../../../app/domain/promotions/index.ts';
import { issueReceipts } from '../../../app/domain/receipts/index.ts';
import { rollUpUsage } from '../../../app/domain/usage/index.ts';
import { writeInvitation } from '../../../app/http/plan-invitation-mail.ts';
import { NANOS_PER_UNIT } from '../../../app/lib/money.ts';
import type { Platform } from '../../../app/platform.ts';
import { recordPastCalls, type PastSubscription } from './record-past-calls.ts';

export interface DemoParties {
  admin: Context;
  seller: Context;
  buyer: Context;
}

export interface DemoSubscription {
  id: string;
  serviceId: string;
  planId: string;
  model: string | null;
}

const DAY_MS = 86_400_000;
const PROMOTION_UNITS = 10n;
const PROMOTION_DAYS = 60;
const BUDGET_UNITS = 100n;
/** Drafts are looked through in the first days of a month. */
const REVIEW_DAY = 4;

/** Plans that show what prices can be; the shop's simple ones stand beside them. */
export async function seedPlans(seller: Context, toolboxId: string): Promise<void> {
  const serviceId = toolboxId;
  await createPlan(seller, {
    serviceId,
    name: 'Starter',
    description: 'A thousand calls a month on us; then you pay per call.',
    kind: 'freemium',
    quotas: [{ meter: 'call', included: 1_000, overage: 'priced' }],
    prices: [{ meter: 'call', price: '0.0012' }],
    requestsPerMinute: 60,
  });
  await createPlan(seller, {
    serviceId,
    name: 'Volume',
    description: 'The more you call, the less each call costs.',
    kind: 'tiered',
    tierMode: 'graduated',
    prices: [
      { meter: 'call', price: '0.001' },
      { meter: 'call', price: '0.0008', fromUnits: 10_000 },
      { meter: 'call', price: '0.0005', fromUnits: 100_000 },
    ],
    requestsPerMinute: 1_200,
  });
  await createPlan(seller, {
    serviceId,
    name: 'Studio',
    description: 'Two weeks to try it, twenty thousand calls a month, and a fair price beyond.',
    kind: 'custom',
    fee: '19.00',
    interval: 'month',
    trialDays: 14,
    quotas: [{ meter: 'call', included: 20_000, overage: 'priced' }],
    prices: [{ meter: 'call', price: '0.0007' }],
    requestsPerMinute: 1_800,
  });
  await createPlan(seller, {
    serviceId,
    name: 'Factory',
    description: 'As many calls as you like, faster than any other plan, for one monthly fee.',
    kind: 'flat',
    monthlyFee: '49.00',
    requestsPerMinute: 6_000,
  });
  const partner = await createPlan(seller, {
    serviceId,
    name: 'Partners',
    description: 'Agreed with each partner.',
    visibility: 'private',
    kind: 'custom',
    fee: '4.00',
    interval: 'month',
    prices: [{ meter: 'call', price: '0.0004' }],
    requestsPerMinute: 3_000,
  });
  await createPlanInvitation(seller, {
    planId: partner.id,
    email: 'partner@example.com',
    write: writeInvitation,
  });
}

/** Ten weeks of use, and what came of it. */
export async function seedMoney(
  platform: Platform,
  { admin, seller, buyer }: DemoParties,
  { keyId, subscriptions }: { keyId: string; subscriptions: readonly DemoSubscription[] },
): Promise<void> {
  const system = platform.createContext({ type: 'system', job: 'demo' });
  const { organizationId } = buyer.actor as UserActor;
  await saveBillingProfile(buyer, {
    name: 'Demo Buyer Ltd',
    address: '5 Sample Street\n10115 Berlin',
    country: 'DE',
    email: 'invoices@example.com',
  });
  const newest = await recordPastCalls(system, {
    organizationId,
    keyId,
    subscriptions: await withPlans(seller, subscriptions),
  });
  await rollUpUsage(system);
  await issueReceipts(system);
  await seedInvoices({ system, admin, organizationId });
  await releaseEarnings(system);
  await grantPromotionalCredit(admin, {
    organizationId,
    amountNanos: PROMOTION_UNITS * NANOS_PER_UNIT,
    expiresAt: new Date(platform.clock.now() + PROMOTION_DAYS * DAY_MS),
    reason: 'Welcome to the marketplace',
  });
  await createRedeemCodes(admin, {
    amountNanos: 5n * NANOS_PER_UNIT,
    maxRedemptions: 100,
    creditDays: PROMOTION_DAYS,
    note: 'Meet-up in Berlin',
  });
  await createBudget(buyer, {
    scope: 'organization',
    period: 'month',
    amountNanos: BUDGET_UNITS * NANOS_PER_UNIT,
  });
  await openDispute(buyer, {
    requestIds: [newest[0]!],
    reason: 'wrong_amount',
    description: 'This text is shorter than those of the days before, and yet it cost as much.',
  });
}

async function withPlans(
  seller: Context,
  subscriptions: readonly DemoSubscription[],
): Promise<PastSubscription[]> {
  const { organizationId } = seller.actor as UserActor;
  return Promise.all(
    subscriptions.map(async ({ id, serviceId, planId, model }) => {
      const plans = await listPlans(seller, { serviceId });
      const plan = plans.find((one) => one.id === planId)!;
      return { id, serviceId, sellerOrganizationId: organizationId, plan, model };
    }),
  );
}

/** The month before last is paid; last month waits for the administrator. */
async function seedInvoices(parties: {
  system: Context;
  admin: Context;
  organizationId: string;
}): Promise<void> {
  const { system, admin, organizationId } = parties;
  const now = system.clock.date();
  const monthsAgo = (months: number, day: number): Date =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, day));
  const paid = await draftInvoice(system, { organizationId, at: monthsAgo(2, 15) });
  const reviewedAt = monthsAgo(1, REVIEW_DAY);
  const clock = { now: () => reviewedAt.getTime(), date: () => reviewedAt };
  await approveInvoice({ ...admin, clock }, { invoiceId: paid!.id });
  await draftInvoice(system, { organizationId, at: monthsAgo(1, 15) });
}

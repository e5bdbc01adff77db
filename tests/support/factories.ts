/** People and things to test with, made by the same verbs that people's clicks end in. */
import { randomBytes } from 'node:crypto';
import type { Context, UserActor } from '../../app/domain/context.ts';
import { createKey, type IssuedKey } from '../../app/domain/keys/index.ts';
import { createPlan, type PlanInput, type PlanWithPrice } from '../../app/domain/plans/index.ts';
import {
  createService,
  publishService,
  type CreateServiceInput,
  type OwnService,
} from '../../app/domain/services/index.ts';
import { createSubscription, type CreatedSubscription } from '../../app/domain/subscriptions/index.ts';
import { createAdministrator, registerUser } from '../../app/domain/users/index.ts';
import { creditWallet } from '../../app/domain/wallets/index.ts';
import { parseDecimal } from '../../app/lib/money.ts';
import type { Platform } from '../../app/platform.ts';
import { unique } from './unique.ts';
import type { Upstream } from './upstream.ts';

export { unique };

export interface Person {
  /** Acts as the owner of an organization of their own. */
  ctx: Context;
  actor: UserActor;
  userId: string;
  organizationId: string;
  username: string;
  password: string;
}

export interface MakeUserOptions {
  role?: 'seller' | 'buyer';
  username?: string;
  password?: string;
}

export async function makeUser(platform: Platform, options: MakeUserOptions = {}): Promise<Person> {
  const role = options.role ?? 'buyer';
  const username = options.username ?? unique(role);
  const password = options.password ?? `pw-${randomBytes(9).toString('base64url')}`;
  const { user, organization } = await registerUser(platform.createContext({ type: 'anonymous' }), {
    username,
    password,
    role,
    displayName: username,
  });
  const actor: UserActor = {
    type: 'user',
    userId: user.id,
    organizationId: organization.id,
    role: 'owner',
    isPlatformAdmin: false,
  };
  return {
    ctx: platform.createContext(actor),
    actor,
    userId: user.id,
    organizationId: organization.id,
    username,
    password,
  };
}

export const makeSeller = (platform: Platform, options: MakeUserOptions = {}): Promise<Person> =>
  makeUser(platform, { ...options, role: 'seller' });

/** @param options.balance of the wallet, as decimal text: `'10'`. */
export async function makeBuyer(
  platform: Platform,
  options: MakeUserOptions & { balance?: string } = {},
): Promise<Person> {
  const buyer = await makeUser(platform, { ...options, role: 'buyer' });
  if (options.balance !== undefined) await fundWallet(platform, buyer, options.balance);
  return buyer;
}

/** A context that acts as a platform administrator. */
export async function makeAdministrator(
  platform: Platform,
): Promise<{ ctx: Context; username: string; password: string }> {
  const username = unique('admin');
  const password = `pw-${randomBytes(9).toString('base64url')}`;
  const system = platform.createContext({ type: 'system', job: 'test' });
  const { user, organization } = await createAdministrator(system, {
    username,
    password,
    mustChangePassword: false,
  });
  const ctx = platform.createContext({
    type: 'user',
    userId: user.id,
    organizationId: organization.id,
    role: 'owner',
    isPlatformAdmin: true,
  });
  return { ctx, username, password };
}

/** @param amount decimal text of the ledger currency. */
export async function fundWallet(platform: Platform, buyer: Person, amount: string): Promise<void> {
  const amountNanos = parseDecimal(amount);
  if (amountNanos === null) throw new TypeError(`not an amount: ${amount}`);
  await creditWallet(platform.createContext({ type: 'system', job: 'test' }), {
    organizationId: buyer.organizationId,
    amountNanos,
    kind: 'adjustment',
    reference: unique('fund'),
  });
}

export interface MakeServiceOptions extends Partial<Omit<CreateServiceInput, 'plans' | 'publish'>> {
  /** The seller's API; opened in the egress guard of the seller's platform. */
  upstream?: Upstream;
  /** Defaults to one plan at a tenth of a cent a call. */
  plans?: PlanInput[];
  /** Defaults to true. */
  publish?: boolean;
}

export interface MadeService {
  service: OwnService;
  plans: PlanWithPrice[];
  /** The first plan. */
  plan: PlanWithPrice;
  /** What the gateway sends to the upstream. */
  upstreamSecret: string;
}

export const PER_CALL_PLAN: PlanInput = { name: 'Pay per call', kind: 'per_call', callPrice: '0.001' };

export async function makeService(seller: Person, options: MakeServiceOptions = {}): Promise<MadeService> {
  const { upstream, plans: wanted = [PER_CALL_PLAN], publish = true, ...input } = options;
  if (upstream) seller.ctx.egress.allow(upstream.hostAndPort);
  const upstreamSecret = `sk-upstream-${randomBytes(12).toString('hex')}`;
  const service = await createService(seller.ctx, {
    name: unique('Service'),
    baseUrl: upstream?.url ?? 'https://api.example.com',
    credential: { placement: 'bearer', secret: upstreamSecret },
    ...input,
  });
  const plans: PlanWithPrice[] = [];
  for (const plan of wanted) plans.push(await makePlan(seller, service.id, plan));
  if (publish) await publishService(seller.ctx, { serviceId: service.id });
  return { service, plans, plan: plans[0]!, upstreamSecret };
}

export function makePlan(
  seller: Person,
  serviceId: string,
  plan: PlanInput = PER_CALL_PLAN,
): Promise<PlanWithPrice> {
  return createPlan(seller.ctx, { ...plan, serviceId });
}

export interface MadeSubscription extends CreatedSubscription {
  /** The key's secret, as a program sends it. */
  secret: string;
  issued: IssuedKey;
}

/** Subscribes to a plan that needs no payment first, and gives a key for it. */
export async function makeSubscriptionWithKey(
  buyer: Person,
  made: Pick<MadeService, 'service' | 'plan'>,
): Promise<MadeSubscription> {
  const created = await createSubscription(buyer.ctx, { service: made.service.id, planId: made.plan.id });
  const issued =
    created.key ?? (await createKey(buyer.ctx, { name: 'Test', subscriptionId: created.subscription.id }));
  return { ...created, issued, secret: issued.secret };
}

export interface Marketplace extends MadeService {
  seller: Person;
  buyer: Person;
  subscription: MadeSubscription['subscription'];
  /** The key's secret. */
  secret: string;
}

/** A seller's published service and a buyer with money and a key for it, in one go. */
export async function makeMarketplace(
  platform: Platform,
  options: MakeServiceOptions & { balance?: string } = {},
): Promise<Marketplace> {
  const { balance = '10', ...serviceOptions } = options;
  const seller = await makeSeller(platform);
  const made = await makeService(seller, serviceOptions);
  const buyer = await makeBuyer(platform, { balance });
  const { subscription, secret } = await makeSubscriptionWithKey(buyer, made);
  return { ...made, seller, buyer, subscription, secret };
}

/** The demo marketplace, made with the same verbs that people's clicks end in. */
import { randomBytes } from 'node:crypto';
import type { Context, UserActor } from '../../../app/domain/context.ts';
import { addCredential } from '../../../app/domain/credentials/index.ts';
import { createEndpoint } from '../../../app/domain/endpoints/index.ts';
import { createKey } from '../../../app/domain/keys/index.ts';
import { createPlan } from '../../../app/domain/plans/index.ts';
import {
  configureRouting,
  createService,
  publishService,
  type OwnService,
} from '../../../app/domain/services/index.ts';
import { createSubscription } from '../../../app/domain/subscriptions/index.ts';
import { createUpstream, updateUpstream } from '../../../app/domain/upstreams/index.ts';
import { registerUser } from '../../../app/domain/users/index.ts';
import { creditWallet } from '../../../app/domain/wallets/index.ts';
import { DIALECT_DEFAULTS } from '../../../app/lib/dialect-defaults.ts';
import { NANOS_PER_UNIT } from '../../../app/lib/money.ts';
import type { Platform } from '../../../app/platform.ts';
import { ASSISTANT_MODEL, ASSISTANT_MODELS } from './assistant-upstream.ts';
import { seedMoney, seedPlans } from './seed-money.ts';
import { TOOLBOX_KEY_HEADER } from './toolbox-upstream.ts';

export interface DemoAccounts {
  seller: { username: string; password: string };
  buyer: { username: string; password: string };
  /** Good for both services. */
  key: string;
  services: { id: string; slug: string; kind: 'http' | 'llm' }[];
  /** A custom path of the LLM service. */
  path: string;
}

export const DEMO_SLUGS = { assistant: 'reader', toolbox: 'toolbox' } as const;
/** A custom path that leads to the assistant. */
export const DEMO_PATH = 'read-this';
const DEMO_CREDIT_UNITS = 25n;
/** Replaced by the real address as soon as the demo's upstreams listen. */
const PLACEHOLDER = '127.0.0.1:9';

const ASSISTANT_DESCRIPTION = `A small language model that **reads the text you send** and tells you what is in it:
words, sentences, reading time and the word you use most.

- Call it with the SDKs of OpenAI, Anthropic or Google, streaming and not
- Answers in real time, token by token
- Runs on the machine that serves this page, so you can try everything without an account anywhere else`;

const TOOLBOX_DESCRIPTION = `Small things that every program needs sooner or later.

| Endpoint | Parameters | Answer |
| --- | --- | --- |
| \`GET /qr\` | \`text\`, \`format=svg\\|png\` | a QR code |
| \`GET /convert\` | \`value\`, \`from\`, \`to\` | length, mass, time, data, temperature |
| \`GET /units\` | | every unit it knows |`;

/** Seeds seller, two published services, buyer with a funded wallet, subscriptions and a key. */
export async function seedDemo(
  platform: Platform,
  admin: Context,
  newPassword: () => string,
): Promise<DemoAccounts> {
  // Saved addresses are vetted; the demo's own are on loopback.
  platform.egress.allow(PLACEHOLDER);
  const seller = { username: 'demo-seller', password: newPassword() };
  const buyer = { username: 'demo-buyer', password: newPassword() };
  const sellerContext = await register(platform, { ...seller, role: 'seller', displayName: 'Demo Seller' });
  const buyerContext = await register(platform, { ...buyer, role: 'buyer', displayName: 'Demo Buyer' });
  const assistant = await seedAssistant(sellerContext);
  const toolbox = await seedToolbox(sellerContext);
  await creditWallet(platform.createContext({ type: 'system', job: 'demo' }), {
    organizationId: (buyerContext.actor as UserActor).organizationId,
    amountNanos: DEMO_CREDIT_UNITS * NANOS_PER_UNIT,
    kind: 'demo_credit',
    reference: 'demo',
  });
  const reading = await createSubscription(buyerContext, {
    service: assistant.slug,
    planId: assistant.planId,
  });
  const tools = await createSubscription(buyerContext, { service: toolbox.slug, planId: toolbox.planId });
  const { key, secret } = await createKey(buyerContext, { name: 'Demo', subscriptionId: null });
  await seedMoney(
    platform,
    { admin, seller: sellerContext, buyer: buyerContext },
    {
      keyId: key.id,
      subscriptions: [
        {
          id: reading.subscription.id,
          serviceId: assistant.id,
          planId: assistant.planId,
          model: ASSISTANT_MODEL,
        },
        { id: tools.subscription.id, serviceId: toolbox.id, planId: toolbox.planId, model: null },
      ],
    },
  );
  return {
    seller,
    buyer,
    key: secret,
    services: [
      { id: assistant.id, slug: assistant.slug, kind: 'llm' },
      { id: toolbox.id, slug: toolbox.slug, kind: 'http' },
    ],
    path: DEMO_PATH,
  };
}

interface Account {
  username: string;
  password: string;
  role: 'seller' | 'buyer';
  displayName: string;
}

async function register(platform: Platform, account: Account): Promise<Context> {
  const { user, organization } = await registerUser(platform.createContext({ type: 'anonymous' }), account);
  return platform.createContext({
    type: 'user',
    userId: user.id,
    organizationId: organization.id,
    role: 'owner',
    isPlatformAdmin: false,
  });
}

async function seedAssistant(ctx: Context): Promise<{ id: string; slug: string; planId: string }> {
  const service = await createService(ctx, {
    name: 'Reader',
    slug: DEMO_SLUGS.assistant,
    summary: 'An LLM that reads your text and tells you what is in it. Streaming, for every SDK.',
    description: ASSISTANT_DESCRIPTION,
    category: 'ai',
    kind: 'llm',
    baseUrl: `http://${PLACEHOLDER}/v1`,
    credential: { placement: 'bearer', secret: randomBytes(24).toString('base64url') },
    models: [ASSISTANT_MODEL],
  });
  await seedPool(ctx, service);
  await createPlan(ctx, {
    serviceId: service.id,
    name: 'Try it',
    description: 'Everything, a little slower.',
    kind: 'free',
    requestsPerMinute: 20,
  });
  const plan = await createPlan(ctx, {
    serviceId: service.id,
    name: 'Pay per token',
    description: 'Pay for what you read and what it writes.',
    kind: 'per_token',
    inputPrice: '0.15',
    outputPrice: '0.60',
    requestsPerMinute: 600,
  });
  await publishService(ctx, { serviceId: service.id });
  return { id: service.id, slug: service.slug, planId: plan.id };
}

/** What one upstream with one key cannot show: a pool, other dialects, a backup, an alias, a path. */
async function seedPool(ctx: Context, service: OwnService): Promise<void> {
  const serviceId = service.id;
  const newSecret = (): string => randomBytes(24).toString('base64url');
  await updateUpstream(ctx, { upstreamId: service.upstream.id, name: 'Main', costPerMillion: '0.10' });
  await addCredential(ctx, {
    upstreamId: service.upstream.id,
    label: 'Second account',
    weight: 3,
    credential: { placement: 'bearer', secret: newSecret() },
  });
  for (const [dialect, name] of [
    ['anthropic', 'Claude'],
    ['gemini', 'Gemini'],
  ] as const) {
    const { placement, parameterName } = DIALECT_DEFAULTS[dialect];
    await createUpstream(ctx, {
      serviceId,
      name,
      dialect,
      baseUrl: `http://${PLACEHOLDER}`,
      priority: 1,
      models: [ASSISTANT_MODELS[dialect], ASSISTANT_MODEL],
      costPerMillion: '0.20',
      credential: { placement, parameterName: parameterName ?? '', secret: newSecret() },
    });
  }
  await configureRouting(ctx, {
    serviceId,
    modelAliases: { fast: ASSISTANT_MODEL },
    cacheMode: 'opt_in',
    cacheTtlSeconds: 300,
    coalesce: true,
  });
  await createEndpoint(ctx, {
    path: DEMO_PATH,
    service: serviceId,
    systemPrompt: 'You read texts and say what is in them.',
    defaultModel: ASSISTANT_MODEL,
  });
}

async function seedToolbox(ctx: Context): Promise<{ id: string; slug: string; planId: string }> {
  const service = await createService(ctx, {
    name: 'Toolbox',
    slug: DEMO_SLUGS.toolbox,
    summary: 'QR codes and unit conversion over plain HTTP.',
    description: TOOLBOX_DESCRIPTION,
    category: 'developer_tools',
    kind: 'http',
    baseUrl: `http://${PLACEHOLDER}`,
    credential: {
      placement: 'header',
      parameterName: TOOLBOX_KEY_HEADER,
      secret: randomBytes(24).toString('base64url'),
    },
  });
  const plan = await createPlan(ctx, {
    serviceId: service.id,
    name: 'Pay per call',
    description: 'A tenth of a cent for each answer.',
    kind: 'per_call',
    callPrice: '0.001',
    requestsPerMinute: 600,
  });
  await createPlan(ctx, {
    serviceId: service.id,
    name: 'Workshop',
    description: 'As many calls as you like for one monthly fee.',
    kind: 'flat',
    monthlyFee: '9.00',
    requestsPerMinute: 1_200,
  });
  await seedPlans(ctx, service.id);
  await publishService(ctx, { serviceId: service.id });
  return { id: service.id, slug: service.slug, planId: plan.id };
}

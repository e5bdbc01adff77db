import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBudget } from '../../app/domain/budgets/index.ts';
import type { CreateBudgetInput } from '../../app/domain/budgets/schemas.ts';
import { adjustmentFormSchema, creditFormSchema } from '../../app/domain/invoices/schemas.ts';
import { startTopUp, type StartTopUpInput } from '../../app/domain/payments/index.ts';
import { topUpFormSchema } from '../../app/domain/payments/schemas.ts';
import { payoutSettingsFormSchema } from '../../app/domain/payouts/schemas.ts';
import { changePlanPrice, createPlan, type PlanInput } from '../../app/domain/plans/index.ts';
import { schedulePlatformFee } from '../../app/domain/platform-fees/index.ts';
import { createRedeemCodes, grantPromotionalCredit } from '../../app/domain/promotions/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { isAppError } from '../../app/lib/app-error.ts';
import { parseInput } from '../../app/lib/parse-input.ts';
import type { Context } from '../../app/domain/context.ts';
import { bookUsage } from '../support/book-usage.ts';
import { makeAdministrator, makeMarketplace, unique, type Marketplace } from '../support/factories.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

/** Never an amount of money, a count or a price, whatever reads it. */
const DIGITS = ['0', '1', '7', '10', '255', '1024', '65536', '2147483648', '4294967296', '9007199254740993'];
const SPELLINGS: ((digits: string) => string)[] = [
  (n) => `-${n}1`,
  (n) => `--${n}`,
  (n) => `+-${n}`,
  (n) => `0x${n}`,
  (n) => `0b${n}`,
  (n) => `0o${n}`,
  (n) => `${n}e400`,
  (n) => `1e${n.length + 30}`,
  (n) => `${n}e-400`,
  (n) => `${n}n`,
  (n) => `${n}f`,
  (n) => `${n}..1`,
  (n) => `${n}.1.1`,
  (n) => `.${n}.`,
  (n) => `${n}_000`,
  (n) => `${n},000`,
  (n) => `${n} 000`,
  (n) => `${n}%`,
  (n) => `$${n}`,
  (n) => `${n}€`,
  (n) => `=${n}+1`,
  (n) => `${n};`,
  (n) => `${n}'; --`,
  (n) => `${n})`,
  (n) => `${n}\u0000`,
  (n) => `${n}\n1`,
  (n) => `${n}\u202e`,
  (n) => [...n].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
  (n) => [...n].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
  (n) => `${n}`.repeat(40),
  (n) => `1${n}`.padEnd(30, '0'),
  (n) => `−${n}`,
  (n) => `(${n})`,
  (n) => `${n}/0`,
  (n) => `{"$gt":${n}}`,
];
const WORDS = [
  ...['NaN', 'Infinity', '-Infinity', 'null', 'undefined', 'true', 'false', 'one', 'inf', '-inf', 'nan', '∞'],
  ...['', ' ', '-', '+', '.', ',', 'e', 'E5', '0x', '[]', '{}', '[object Object]', '1e1000', '-1e1000'],
  ...['18446744073686646784', '18446744073709551616', '9223372036854775808', '-9223372036854775809', '1e308'],
  ...['½', '１００x', '1\u200b0', '١٢٣', 'Ⅷ', '１０', '𝟙𝟘', '0.0000000001', '99999999999999999999.99'],
];
const TEXTS = [...new Set([...SPELLINGS.flatMap((spell) => DIGITS.map(spell)), ...WORDS])];
const VALUES: unknown[] = [
  ...[
    Number.NaN,
    Infinity,
    -Infinity,
    -1,
    -0.1,
    -1e-9,
    -Number.MAX_SAFE_INTEGER,
    1e21,
    1e308,
    2 ** 63,
    2 ** 64,
  ],
  ...[-1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n, 2n ** 128n, 10n ** 40n],
  ...[
    null,
    [],
    {},
    [[]],
    [-1],
    { valueOf: 1 },
    { amount: 1 },
    () => 1,
    Symbol.iterator,
    new Date(Number.NaN),
  ],
];
const HOSTILE: unknown[] = [...TEXTS, ...VALUES];

interface Field {
  name: string;
  send(value: unknown): Promise<unknown>;
  /** Hostile elsewhere, but here a value like any other. */
  allows?: (value: unknown) => boolean;
}

let fixture: GatewayFixture;
let market: Marketplace;
let upstream: Upstream;
let buyer: AddedBuyer;
let admin: { ctx: Context };
let charged: string;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  market = await makeMarketplace(fixture.platform);
  admin = await makeAdministrator(fixture.platform);
  charged = await bookUsage(fixture.platform, {
    buyer: market.buyer,
    seller: market.seller,
    chargeNanos: 10n,
  });
  upstream = await startUpstream((_request, response) => void response.end('{}'));
  const service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    slug: 'hostile',
    kind: 'llm',
    upstream: { dialect: 'openai-chat', models: ['m'] },
  });
  const plan = await fixture.addPlan(service, {
    kind: 'per_token',
    prices: { input_token: 1_000_000n, output_token: 1_000_000n },
  });
  buyer = await fixture.addBuyer(plan, { walletNanos: 1_000_000_000n });
});
afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

/** Everything that money or its limits are stored in. */
async function stored(): Promise<string> {
  const [row] = await fixture.platform.db.execute<{ state: string }>(sql`
    select concat_ws(' ', (select count(*) from checkouts), (select count(*) from plans), (select count(*) from price_versions),
      (select count(*) from price_components), (select count(*) from price_quotas), (select count(*) from budgets),
      (select count(*) from promotional_credits), (select count(*) from redeem_codes), (select count(*) from refunds),
      (select count(*) from ledger_entries), (select count(*) from platform_fees), (select count(*) from holds),
      (select count(*) from usage_events), (select count(*) from stripe_operations),
      (select sum(available_nanos + held_nanos + promo_nanos + credit_limit_nanos) from wallets),
      (select payout_hold_days || ' ' || payout_minimum_nanos from platform_settings)) as state`);
  return row!.state;
}

// A name of its own: what was let through once must not hide what comes after it.
const plan = (fields: object) => ({ name: unique('Hostile'), ...fields }) as unknown as PlanInput;
const create = (fields: object) =>
  createPlan(market.seller.ctx, { ...plan(fields), serviceId: market.service.id });
const price = (fields: object) => ({ kind: 'custom', prices: [{ meter: 'call', price: '1', ...fields }] });

const FIELDS: Field[] = [
  {
    name: 'top-up',
    send: (amountNanos) =>
      startTopUp(market.buyer.ctx, { amountNanos, idempotencyKey: 'hostile' } as StartTopUpInput),
  },
  {
    name: 'top-up form',
    send: async (customAmount) =>
      parseInput(topUpFormSchema, { amount: 'custom', customAmount, idempotencyKey: 'hostile' }),
  },
  {
    name: 'budget',
    send: (amountNanos) =>
      createBudget(market.buyer.ctx, {
        scope: 'organization',
        period: 'day',
        amountNanos,
      } as CreateBudgetInput),
  },
  {
    name: 'promotional credit',
    send: (amountNanos) =>
      grantPromotionalCredit(admin.ctx, {
        organizationId: market.buyer.organizationId,
        amountNanos: amountNanos as bigint,
        reason: 'hostile',
      }),
  },
  {
    name: 'redeem code',
    send: (amountNanos) => createRedeemCodes(admin.ctx, { amountNanos: amountNanos as bigint }),
  },
  {
    name: 'refund',
    send: (amountNanos) =>
      refundCall(fixture.platform.createContext({ type: 'system', job: 'test' }), {
        organizationId: market.buyer.organizationId,
        requestId: charged,
        amountNanos: amountNanos as bigint,
        reason: 'hostile',
        createdBy: 'system:test',
      }),
  },
  {
    name: 'platform fee',
    send: (percent) =>
      schedulePlatformFee(admin.ctx, {
        percent: percent as string,
        effectiveFrom: new Date(Date.now() + 86_400_000),
      }),
  },
  {
    name: 'payout minimum form',
    send: async (minimum) =>
      parseInput(payoutSettingsFormSchema, { holdDays: '7', minimum, interval: 'weekly' }),
  },
  {
    name: 'payout hold days form',
    send: async (holdDays) =>
      parseInput(payoutSettingsFormSchema, { holdDays, minimum: '1', interval: 'weekly' }),
  },
  {
    name: 'invoice adjustment form',
    send: async (amount) => parseInput(adjustmentFormSchema, { amount, reason: 'hostile' }),
    // Adjustments go both ways; the verb bounds them.
    allows: (value) => typeof value === 'string' && /^-?\d{1,10}(\.\d{1,2})?$/.test(value.trim()),
  },
  {
    name: 'credit note form',
    send: async (amount) => parseInput(creditFormSchema, { amount, reason: 'hostile' }),
    allows: (value) =>
      value === undefined || (typeof value === 'string' && /^-?\d{1,10}(\.\d{1,2})?$/.test(value.trim())),
  },
  { name: 'price of a call', send: (callPrice) => create({ kind: 'per_call', callPrice }) },
  { name: 'monthly fee', send: (monthlyFee) => create({ kind: 'flat', monthlyFee }) },
  {
    name: 'price of input',
    send: (inputPrice) => create({ kind: 'per_token', inputPrice, outputPrice: '1' }),
  },
  {
    name: 'price of output',
    send: (outputPrice) => create({ kind: 'per_token', inputPrice: '1', outputPrice }),
  },
  { name: 'price of a meter', send: (value) => create(price({ price: value })) },
  {
    name: 'units of a quota',
    send: (included) =>
      create({ kind: 'custom', quotas: [{ meter: 'call', included, overage: 'hard_stop' }], prices: [] }),
  },
  {
    name: 'start of a tier',
    send: (fromUnits) => create(price({ fromUnits })),
    allows: (value) => value === '0' || value === undefined,
  },
  {
    name: 'days of a trial',
    send: (trialDays) => create({ kind: 'custom', fee: '5', interval: 'month', trialDays, prices: [] }),
  },
  { name: 'requests a minute', send: (requestsPerMinute) => create({ kind: 'free', requestsPerMinute }) },
  {
    name: 'changed price',
    send: (callPrice) =>
      changePlanPrice(market.seller.ctx, { planId: market.plan.id, kind: 'per_call', callPrice } as never),
  },
];

describe.each(FIELDS)('$name', ({ send, allows }) => {
  it(`refuses all of ${HOSTILE.length} hostile numbers, and stores nothing of them`, async () => {
    const before = await stored();
    const passed: string[] = [];
    for (const value of HOSTILE) {
      if (allows?.(value)) continue;
      try {
        await send(value);
        passed.push(`accepted ${typeof value} ${String(value)}`);
      } catch (error) {
        const isRefusal = isAppError(error) && error.status >= 400 && error.status < 500;
        if (!isRefusal) passed.push(`${typeof value} ${String(value)}: ${String(error)}`);
      }
    }
    expect(passed).toEqual([]);
    expect(await stored()).toBe(before);
  });
});

describe('the gateway', () => {
  /** As JSON has them: numbers, texts, lists, nothing that is a count. */
  const bodies = [
    ...['-1', '-0.5', '0.5', '1.5', '1e400', '-1e400', '18446744073686646784', '9223372036854775808', '1e21'],
    ...['true', 'false', '[]', '{}', '[1]', '{"a":1}', '"NaN"', '1e-400', '99999999999999999999999999'],
    ...TEXTS.map((value) => JSON.stringify(value)),
  ];

  it.each(['max_tokens', 'n', 'max_completion_tokens'])(
    `refuses ${bodies.length} hostile numbers as %s before anything is held or asked upstream`,
    async (field) => {
      const before = await stored();
      const asked = upstream.requests.length;
      const passed: string[] = [];
      for (let start = 0; start < bodies.length; start += 16) {
        await Promise.all(
          bodies.slice(start, start + 16).map(async (value) => {
            const response = await fixture.call('/v1/chat/completions', buyer.key.secret, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: `{"model":"m","messages":[{"role":"user","content":"hi"}],"${field}":${value}}`,
            });
            await response.arrayBuffer();
            if (response.status < 400 || response.status > 499) passed.push(`${value}: ${response.status}`);
          }),
        );
      }
      expect(passed).toEqual([]);
      expect(upstream.requests.length).toBe(asked);
      expect(await stored()).toBe(before);
    },
    60_000,
  );
});

it('is a corpus of at least four hundred', () => {
  expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(380);
  expect(TEXTS.length).toBeGreaterThanOrEqual(350);
});

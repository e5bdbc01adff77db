/** The catalogue's "from" price: computed in SQL for the order, and by the domain for the card. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanInput } from '../../app/domain/plans/index.ts';
import { createService, listPublishedServices } from '../../app/domain/services/index.ts';
import { comparablePrice } from '../../app/domain/services/catalogue.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { anonymous, makeMember } from '../support/sellers.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
});
afterAll(() => platform.close());

const tokens = (model: string, price: string) => [
  { meter: 'input_token' as const, model, price },
  { meter: 'output_token' as const, model, price },
];

/** From the cheapest to the dearest. */
const PRICES: [string, PlanInput[]][] = [
  [
    'free',
    [
      { name: 'Free', kind: 'free' },
      { name: 'Paid', kind: 'flat', monthlyFee: '900' },
    ],
  ],
  ['yearly', [{ name: 'Yearly', fee: '12', interval: 'year' }]],
  [
    'tiers',
    [
      {
        name: 'Tiers',
        prices: [
          { meter: 'call', price: '0.002' },
          { meter: 'call', price: '0.5', fromUnits: 9 },
        ],
      },
    ],
  ],
  ['models', [{ name: 'Models', prices: [...tokens('large', '40'), ...tokens('small', '1.5')] }]],
  [
    'hidden',
    [
      { name: 'Open', kind: 'flat', monthlyFee: '50' },
      { name: 'Secret', kind: 'free', visibility: 'private' },
    ],
  ],
  [
    'quota',
    [
      {
        name: 'Quota',
        quotas: [{ meter: 'call', included: 5, overage: 'priced' }],
        prices: [{ meter: 'call', price: '0.06' }],
      },
    ],
  ],
];

describe('the catalogue in the order of prices', () => {
  it('is the same for the order and for the cards, whatever prices are made of', async () => {
    const seller = await makeMember(platform);
    for (const [name, plans] of PRICES.toReversed()) {
      await createService(seller.ctx, {
        name: `ordered ${name}`,
        kind: 'llm',
        dialect: 'openai-chat',
        models: ['small', 'large'],
        baseUrl: 'http://127.0.0.1:4010',
        plans,
        publish: true,
      });
    }
    const { items } = await listPublishedServices(anonymous(platform), { query: 'ordered', sort: 'price' });
    expect(items.map(({ name }) => name)).toEqual(PRICES.map(([name]) => `ordered ${name}`));
    const figures = items.map(({ startingPlan }) => comparablePrice(startingPlan!));
    expect(figures).toEqual([0n, 1n, 2n, 3n, 50n, 60n].map((units) => units * 1_000_000_000n));
  });
});

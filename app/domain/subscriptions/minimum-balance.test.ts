import { describe, expect, it } from 'vitest';
import type { PlanWithPrice, UnitPrice } from '../plans/index.ts';
import { minimumBalance } from './minimum-balance.ts';

function planWith(components: Pick<UnitPrice, 'meter' | 'nanosPerMillion'>[]): PlanWithPrice {
  const at = new Date(0);
  return {
    id: 'pln',
    organizationId: 'org_seller',
    serviceId: 'svc',
    name: 'Plan',
    description: '',
    kind: 'per_call',
    status: 'active',
    visibility: 'public',
    position: 0,
    requestsPerMinute: null,
    requestsPerDay: null,
    tokensPerMinute: null,
    tokensPerDay: null,
    maxConcurrency: null,
    modelLimits: [],
    createdAt: at,
    updatedAt: at,
    price: {
      id: 'prv',
      version: 1,
      currency: 'USD',
      recurringNanos: 0n,
      recurringInterval: null,
      trialDays: 0,
      tierMode: 'graduated',
      effectiveFrom: at,
      quotas: [],
      components: components.map((component) => ({
        ...component,
        model: '*',
        fromUnits: 0,
        fromContextTokens: 0,
      })),
    },
  };
}

describe('the balance a plan asks for', () => {
  it('is the price of one call, rounded up to a nano', () => {
    expect(minimumBalance(planWith([{ meter: 'call', nanosPerMillion: 1_000_000_000_000n }]))).toBe(
      1_000_000n,
    );
    expect(minimumBalance(planWith([{ meter: 'call', nanosPerMillion: 1n }]))).toBe(1n);
  });

  it('is a nano where the price of a call varies', () => {
    expect(
      minimumBalance(
        planWith([
          { meter: 'input_token', nanosPerMillion: 0n },
          { meter: 'output_token', nanosPerMillion: 600_000_000n },
        ]),
      ),
    ).toBe(1n);
  });

  it('is nothing when calls cost nothing', () => {
    expect(minimumBalance(planWith([]))).toBe(0n);
    expect(minimumBalance(planWith([{ meter: 'call', nanosPerMillion: 0n }]))).toBe(0n);
  });
});

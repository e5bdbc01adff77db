import { beforeEach, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

let budget: RetryBudget;
let now: number;
const taken = (tries: number): number =>
  Array.from({ length: tries }, () => budget.take(now)).filter(Boolean).length;

beforeEach(() => {
  budget = new RetryBudget();
  now = 1_000;
});

it('lets a fifth of the calls of the last ten seconds be made again', () => {
  for (let i = 0; i < 1_000; i += 1) budget.count(now);
  expect(taken(1_000)).toBe(200);
  now += 10_001;
  for (let i = 0; i < 100; i += 1) budget.count(now);
  expect(taken(1_000)).toBe(20);
});

it('lets a few streams go elsewhere at the same time where there are few calls', () => {
  for (let i = 0; i < 8; i += 1) budget.count(now);
  expect(taken(8)).toBe(8);
});

it('always lets a few at once, one after the other, where there are few calls', () => {
  for (let i = 0; i < 30; i += 1) {
    budget.count(now);
    expect(budget.take(now)).toBe(true);
    budget.giveBack();
  }
});

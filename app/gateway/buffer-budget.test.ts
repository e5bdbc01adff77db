import { expect, it } from 'vitest';
import { BufferBudget, CallBuffer } from './buffer-budget.ts';

function callOf(buffers: BufferBudget): ConstructorParameters<typeof CallBuffer>[0] {
  return { parts: { buffers }, release: [], closed: false };
}

it('is shared by all calls, and free again when they are over', () => {
  const budget = new BufferBudget(100);
  const [one, other] = [callOf(budget), callOf(budget)];
  const [ofOne, ofOther] = [new CallBuffer(one), new CallBuffer(other)];
  expect([ofOne.add(40), ofOne.add(40), ofOther.add(30), ofOther.add(20)]).toEqual([true, true, false, true]);
  expect(budget.usedBytes).toBe(100);
  for (const release of one.release) release();
  expect(budget.usedBytes).toBe(20);
  expect(ofOther.add(80)).toBe(true);
  ofOther.clear();
  for (const release of other.release) release();
  expect(budget.usedBytes).toBe(0);
});

it('is not held by what is read on after the caller has left', () => {
  const budget = new BufferBudget(100);
  const call = { ...callOf(budget), closed: true };
  const buffer = new CallBuffer(call);
  expect([buffer.add(90), buffer.add(90), buffer.add(101)]).toEqual([true, true, false]);
  expect(budget.usedBytes).toBe(0);
});

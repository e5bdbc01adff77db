import { expect, it } from 'vitest';
import { ConcurrencySlots } from './concurrency.ts';

const wide = { key: 'org:a', limit: 4 };
const narrow = { key: 'key:a', limit: 1 };

it('takes a slot of every ceiling or of none, and has them again when they are given back', () => {
  const slots = new ConcurrencySlots(() => 1);
  expect(slots.acquire([wide, narrow])).toBeNull();
  for (let i = 0; i < 10; i += 1) expect(slots.acquire([wide, narrow])).toBe(narrow);
  expect([1, 2, 3, 4].map(() => slots.acquire([wide]))).toEqual([null, null, null, wide]);
  slots.release([wide, narrow]);
  expect(slots.acquire([wide, narrow])).toBeNull();
});

it('divides a ceiling among processes, and leaves each at least one slot', () => {
  const slots = new ConcurrencySlots(() => 3);
  expect([1, 2].map(() => slots.acquire([wide]))).toEqual([null, wide]);
  expect([1, 2].map(() => slots.acquire([narrow]))).toEqual([null, narrow]);
});

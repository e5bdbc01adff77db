import { beforeEach, describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

const OPEN_MS = 30_000;

let breaker: Breaker;
let now: number;
const failTimes = (count: number, buyers: readonly string[] = ['a', 'b']): void => {
  for (let i = 0; i < count; i += 1) breaker.failed(buyers[i % buyers.length]!, now);
};
const admits = (buyer = 'a'): boolean => breaker.admits(buyer, now);

beforeEach(() => {
  breaker = new Breaker({ breakerFailures: 3, breakerOpenMs: OPEN_MS });
  now = 1_000;
});

describe('a breaker', () => {
  it('opens after so many failures in a row, for so long, and longer each time', () => {
    failTimes(2);
    expect(admits()).toBe(true);
    failTimes(1);
    expect([admits(), breaker.waitMs(now)]).toEqual([false, OPEN_MS]);
    now += OPEN_MS;
    expect(admits()).toBe(true);
    breaker.enter('a');
    breaker.failed('a', now);
    expect(breaker.waitMs(now)).toBe(2 * OPEN_MS);
  });

  it('counts failures in a row only', () => {
    failTimes(2);
    breaker.succeeded();
    failTimes(2);
    expect(admits()).toBe(true);
  });

  it('opens for nobody else after the failures of one buyer', () => {
    failTimes(10, ['poisoner']);
    expect([admits('poisoner'), admits('b')]).toEqual([false, true]);
    breaker.failed('b', now);
    expect(admits('c')).toBe(false);
  });

  it('lets one call try, and others once that one’s answer begins, however long it lasts', () => {
    failTimes(3);
    now += OPEN_MS;
    breaker.enter('a');
    expect(admits('b')).toBe(false);
    breaker.begun();
    expect(admits('b')).toBe(true);
    breaker.succeeded();
    failTimes(2);
    expect(admits()).toBe(true);
  });

  it('opens again at once when an answer breaks off that had begun', () => {
    failTimes(3);
    now += OPEN_MS;
    breaker.enter('a');
    breaker.begun();
    breaker.failed('a', now);
    expect([admits('a'), admits('b'), breaker.waitMs(now)]).toEqual([false, false, 2 * OPEN_MS]);
  });

  it('lets another call try when the one that tried said nothing', () => {
    failTimes(3);
    now += OPEN_MS;
    breaker.enter('a');
    expect(admits('b')).toBe(false);
    breaker.left();
    expect(admits('b')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { AddressLimits } from './limit.ts';

describe('the limit of an address', () => {
  const limits = new AddressLimits(5);
  const keyOf = (address: string) => limits.of(address)[0]!.key;

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['unknown:1', 'unknown:2', false],
  ])('%s and %s are one line: %s', (one, other, same) => {
    expect(keyOf(one) === keyOf(other)).toBe(same);
  });
});

import { describe, expect, it } from 'vitest';
import { isInRanges, parseAddressRange } from './address-range.ts';

describe('parseAddressRange', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    [' 10.1.2.3/8 ', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:1::9/32', '2001:db8::/32'],
    ['::1', '::1/128'],
    ['::ffff:192.0.2.1', '192.0.2.1/32'],
  ])('reads %s', (text, range) => {
    expect(parseAddressRange(text)).toBe(range);
  });

  it.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0',
    '0x7f.0.0.1',
    '1.2.3.4/8/8',
    '1.2.3.4/',
    '::1/129',
    '1.2.3.4/-1',
  ])('refuses %s', (text) => {
    expect(parseAddressRange(text)).toBeNull();
  });
});

describe('a key’s addresses', () => {
  it.each([
    ['203.0.113.7', ['203.0.113.7/32']],
    ['10.1.2.3', ['192.168.0.0/16', '10.0.0.0/8']],
    ['::ffff:10.1.2.3', ['10.0.0.0/8']],
    ['2001:db8::1', ['2001:db8::/32']],
    ['::1', ['::1/128']],
  ])('let %s in by %j', (address, ranges) => expect(isInRanges(address, ranges)).toBe(true));

  it.each([
    ['203.0.113.8', ['203.0.113.7/32']],
    ['2001:db9::1', ['2001:db8::/32']],
    ['10.0.0.1', ['2001:db8::/32']],
    ['::ffff:a00:1', ['::/127']],
    ['', ['0.0.0.0/0', '::/0']],
    ['unknown', ['0.0.0.0/0']],
    ['10.0.0.1', ['nonsense', '10.0.0.0/99']],
  ])('keep %j out by %j', (address, ranges) => expect(isInRanges(address, ranges)).toBe(false));
});

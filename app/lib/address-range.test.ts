import { describe, expect, it } from 'vitest';
import { parseAddressRange } from './address-range.ts';

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

import { describe, expect, it } from 'vitest';
import { generateRedeemCode, hashRedeemCode, normalizeRedeemCode } from './redeem-code.ts';

describe('redeem codes', () => {
  it('look like four groups without look-alikes, each another', () => {
    const codes = Array.from({ length: 200 }, generateRedeemCode);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('are read as they were meant', () => {
    expect(normalizeRedeemCode(' 0a1b2 c3d4e–5f6g7_h8j9k ')).toBe('0A1B2-C3D4E-5F6G7-H8J9K');
    expect(normalizeRedeemCode('OIL00-11111-22222-33333')).toBe('01100-11111-22222-33333');
  });

  it.each(['', 'ABCDE', 'UUUUU-UUUUU-UUUUU-UUUUU', '0'.repeat(21), '𝟘'.repeat(20), "' or 1=1 --"])(
    'are told from other text: %s',
    (text) => expect(normalizeRedeemCode(text)).toBeNull(),
  );

  it('hash differently under another pepper', () => {
    const code = generateRedeemCode();
    expect(hashRedeemCode(code, 'a')).not.toEqual(hashRedeemCode(code, 'b'));
    expect(hashRedeemCode(code, 'a')).toEqual(hashRedeemCode(code, 'a'));
  });
});

import { describe, expect, it } from 'vitest';
import { isTaxId, normaliseTaxId, TAX_ID_EXAMPLES, TAX_ID_TYPES } from './tax-ids.ts';

describe('tax ids', () => {
  it.each(TAX_ID_TYPES)('are known when written as %s', (type) => {
    expect(isTaxId(type, normaliseTaxId(TAX_ID_EXAMPLES[type]))).toBe(true);
  });

  it.each([
    ['eu_vat', 'US123456789'],
    ['eu_vat', 'DE1234567890123'],
    ['us_ein', '12345678'],
    ['tw_vat', '1234567A'],
    ['jp_trn', '1234567891234'],
    ['in_gst', '12ABCDE3456FGXH'],
    ['gb_vat', ''],
  ] as const)('of kind %s are not written %s', (type, text) => {
    expect(isTaxId(type, normaliseTaxId(text))).toBe(false);
  });
});

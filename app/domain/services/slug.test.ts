import { describe, expect, it } from 'vitest';
import { deriveSlug, firstFreeSlug, isReservedSlug, SLUG_PATTERN } from './slug.ts';

describe('deriveSlug', () => {
  it('keeps letters and digits and joins the rest with hyphens', () => {
    expect(deriveSlug('Weather API 2.0!')).toBe('weather-api-2-0');
    expect(deriveSlug("  Bob's   QR codes ")).toBe('bobs-qr-codes');
  });

  it('writes accented letters without their accents', () => {
    expect(deriveSlug('Crème Brûlée')).toBe('creme-brulee');
    expect(deriveSlug('Straße Łódź Ærø')).toBe('strasse-lodz-aero');
    expect(deriveSlug('Ｆｕｌｌ Ｗｉｄｔｈ')).toBe('full-width');
  });

  it('makes a random one for names without Latin letters, and for reserved words', () => {
    for (const name of ['天気予報', '天气', 'é', '!!!', 'API', 'Admin', 'v1', '🙂🙂🙂']) {
      expect(deriveSlug(name)).toMatch(/^api-[a-z0-9]{6}$/);
    }
    expect(deriveSlug('天気')).not.toBe(deriveSlug('天気'));
  });

  it('always fits the pattern, however long the name is', () => {
    for (const name of ['x'.repeat(500), `${'a'.repeat(55)} - tail`, '-- a b --', 'ab-', 'İstanbul']) {
      const slug = deriveSlug(name);
      expect(slug).toMatch(SLUG_PATTERN);
      expect(isReservedSlug(slug)).toBe(false);
    }
  });
});

describe('firstFreeSlug', () => {
  it('counts up from 2 and stays within the length', () => {
    expect(firstFreeSlug('weather', new Set())).toBe('weather');
    expect(firstFreeSlug('weather', new Set(['weather', 'weather-2']))).toBe('weather-3');
    const long = 'a'.repeat(60);
    expect(firstFreeSlug(long, new Set([long]))).toBe(`${'a'.repeat(58)}-2`);
  });
});

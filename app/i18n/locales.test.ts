import { describe, expect, it } from 'vitest';
import { localeFromCookie, negotiateLocale } from './locales.ts';

describe('negotiateLocale', () => {
  it.each([
    ['zh-TW', 'zh-TW'],
    ['zh-HK', 'zh-TW'],
    ['zh-MO', 'zh-TW'],
    ['zh-Hant', 'zh-TW'],
    ['zh-Hant-TW', 'zh-TW'],
    ['zh-Hant-HK', 'zh-TW'],
    ['zh', 'zh-CN'],
    ['zh-CN', 'zh-CN'],
    ['zh-SG', 'zh-CN'],
    ['zh-Hans', 'zh-CN'],
    ['zh-Hans-HK', 'zh-CN'],
    ['ja', 'ja'],
    ['ja-JP', 'ja'],
    ['en-GB', 'en'],
    ['fr-FR', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [null, 'en'],
  ])('reads %s as %s', (header, locale) => {
    expect(negotiateLocale(header)).toBe(locale);
  });

  it('takes the language that is liked best, not the first', () => {
    expect(negotiateLocale('en;q=0.4, ja;q=0.9, zh-TW;q=0.8')).toBe('ja');
    expect(negotiateLocale('fr, zh-HK;q=0.9, en;q=0.8')).toBe('zh-TW');
  });

  it('never takes a language that is refused', () => {
    expect(negotiateLocale('ja;q=0, zh-CN;q=0.1')).toBe('zh-CN');
  });

  it('takes the first of those liked equally', () => {
    expect(negotiateLocale('ja,en')).toBe('ja');
  });
});

describe('localeFromCookie', () => {
  it('finds the choice among other cookies', () => {
    expect(localeFromCookie('a=1; tollgate_locale=zh-TW; b=2')).toBe('zh-TW');
  });

  it('ignores languages that do not exist and cookies that only end alike', () => {
    expect(localeFromCookie('tollgate_locale=xx')).toBeNull();
    expect(localeFromCookie('not_tollgate_locale=ja')).toBeNull();
    expect(localeFromCookie(null)).toBeNull();
  });
});

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOCALES } from '../../app/i18n/locales.ts';
import { ERROR_STATUS } from '../../app/lib/app-error.ts';
import { readJson } from './files.ts';

const NAMESPACES = [
  'account',
  'admin',
  'auth',
  'budgets',
  'buyer',
  'common',
  'disputes',
  'errors',
  'invoices',
  'ledger',
  'payments',
  'payouts',
  'pricing',
  'receipts',
  'reports',
  'seller',
  'storefront',
  'wallet',
];

/** Keys, placeholders, plurals and words are held together by `app/i18n/texts.test.ts`. */
describe('the translations', () => {
  it('exist for every language and namespace, and no others', () => {
    expect(readdirSync('public/locales').sort()).toEqual([...LOCALES].sort());
    for (const locale of LOCALES) {
      expect(readdirSync(`public/locales/${locale}`).sort()).toEqual(
        NAMESPACES.map((name) => `${name}.json`),
      );
    }
  });

  it('name every error code in every language', () => {
    for (const locale of LOCALES) {
      const { code } = readJson<{ code: Record<string, string> }>(`public/locales/${locale}/errors.json`);
      expect(
        Object.keys(ERROR_STATUS).filter((name) => !code[name]),
        locale,
      ).toEqual([]);
    }
  });
});

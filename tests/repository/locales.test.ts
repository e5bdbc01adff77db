import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOCALES } from '../../app/i18n/locales.ts';
import { ERROR_STATUS } from '../../app/lib/app-error.ts';
import { readJson } from './files.ts';

type Tree = { [key: string]: string | Tree };
const OTHERS = LOCALES.filter((locale) => locale !== 'en');
const NAMESPACES = ['account', 'admin', 'auth', 'buyer', 'common', 'errors', 'seller', 'storefront'];
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Every text by its full key. */
function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') texts.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) texts.set(inner, text);
  }
  return texts;
}

const load = (locale: string, namespace: string) =>
  flatten(readJson<Tree>(`public/locales/${locale}/${namespace}.json`));
const stems = (texts: Map<string, string>) =>
  new Set([...texts.keys()].map((key) => key.replace(PLURAL, '')));
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)[^}]*\}\}/g)].map((match) => match[1]!);

/** Placeholders of a text in all its plural forms; `count` may stand in some forms only. */
function placeholdersOf(texts: Map<string, string>, stem: string): Set<string> {
  const forms = [...texts].filter(([key]) => key.replace(PLURAL, '') === stem).map(([, text]) => text);
  return new Set(forms.flatMap(placeholders).filter((name) => name !== 'count'));
}

describe('the translations', () => {
  it('exist for every language and namespace, and no others', () => {
    expect(readdirSync('public/locales').sort()).toEqual([...LOCALES].sort());
    for (const locale of LOCALES) {
      expect(readdirSync(`public/locales/${locale}`).sort()).toEqual(
        NAMESPACES.map((name) => `${name}.json`),
      );
    }
  });

  describe.each(OTHERS)('in %s', (locale) => {
    it.each(NAMESPACES)('say everything of %s, and nothing that English does not', (namespace) => {
      expect([...stems(load(locale, namespace))].sort()).toEqual([...stems(load('en', namespace))].sort());
    });

    it.each(NAMESPACES)('keep the placeholders of %s', (namespace) => {
      const [english, translated] = [load('en', namespace), load(locale, namespace)];
      const different = [...stems(english)].filter((stem) => {
        const [ours, theirs] = [placeholdersOf(english, stem), placeholdersOf(translated, stem)];
        return ours.size !== theirs.size || [...ours].some((name) => !theirs.has(name));
      });
      expect(different).toEqual([]);
    });

    it.each(NAMESPACES)('leave no text of %s empty', (namespace) => {
      expect([...load(locale, namespace)].filter(([, text]) => text.trim() === '')).toEqual([]);
    });
  });

  it('have the plural forms of each language', () => {
    for (const locale of LOCALES) {
      const needed = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
      for (const namespace of NAMESPACES) {
        const texts = load(locale, namespace);
        const plurals = [...texts.keys()]
          .filter((key) => key.endsWith('_other'))
          .map((key) => key.replace(PLURAL, ''));
        for (const stem of plurals) {
          for (const form of needed)
            expect(texts.has(`${stem}_${form}`), `${locale} ${namespace}:${stem}_${form}`).toBe(true);
        }
      }
    }
  });

  it('name every error code in every language', () => {
    for (const locale of LOCALES) {
      const texts = load(locale, 'errors');
      expect(
        Object.keys(ERROR_STATUS).filter((code) => !texts.has(`code.${code}`)),
        locale,
      ).toEqual([]);
    }
  });

  it("keep to Taiwan's terms in zh-TW", () => {
    // Words of the mainland that a mechanical conversion leaves standing.
    const foreign = /接口|密鑰|用戶|信息|默認|賬|軟件|網絡|服務器|添加|登錄|注冊|創建/;
    for (const namespace of NAMESPACES) {
      const found = [...load('zh-TW', namespace)].filter(([, text]) => foreign.test(text));
      expect(found, namespace).toEqual([]);
    }
  });

  it('write simplified and traditional characters where they belong', () => {
    for (const namespace of NAMESPACES) {
      const traditional = [...load('zh-CN', namespace)].filter(([, text]) =>
        /[錢鑰費單帳號頁這個時間們於無會]/.test(text),
      );
      const simplified = [...load('zh-TW', namespace)].filter(([, text]) =>
        /[钱钥费单账号页这个时间们于无会]/.test(text),
      );
      expect([traditional, simplified], namespace).toEqual([[], []]);
    }
  });
});

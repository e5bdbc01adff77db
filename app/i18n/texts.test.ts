/** Every page speaks four whole languages: the same keys, the same values in them, all of them used. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOCALES, NAMESPACES, type Locale, type Namespace } from './locales.ts';
import { RESOURCES, type Texts } from './resources.ts';

/** Keys that are put together at run time; each prefix with the place that does so. */
const DYNAMIC_PREFIXES: Record<string, string> = {
  'common:status.': 'components/ui/status-badge.tsx',
  'errors:code.': 'components/ui/alert.tsx, from the code of an AppError',
  'errors:field.': 'components/ui/field.tsx, from the reason of a FieldIssue',
};

function flatten(texts: Texts, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const base = (key: string) => key.replace(PLURAL, '');
const flat = (locale: Locale, namespace: Namespace) => flatten(RESOURCES[locale][namespace]);
const baseKeys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map(base))].sort();
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name ?? '');

/** All values that the forms of one text name. */
function valuesByKey(texts: Map<string, string>): Record<string, string[]> {
  const values: Record<string, Set<string>> = {};
  for (const [key, text] of texts) {
    const named = (values[base(key)] ??= new Set());
    for (const name of placeholders(text)) named.add(name);
  }
  // A singular may say "one" in words.
  return Object.fromEntries(
    Object.entries(values).map(([key, names]) => [key, [...names].filter((name) => name !== 'count').sort()]),
  );
}

describe.each(NAMESPACES)('texts: %s', (namespace) => {
  const english = flat('en', namespace);

  describe.each(LOCALES)('%s', (locale) => {
    const texts = flat(locale, namespace);

    it('has the keys of the English texts, no more and no fewer', () => {
      expect(baseKeys(texts)).toEqual(baseKeys(english));
    });

    it('has the plural forms its language needs', () => {
      const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
      const counted = [...texts.keys()].filter((key) => PLURAL.test(key)).map(base);
      for (const key of new Set(counted)) {
        const present = [...texts.keys()]
          .filter((one) => base(one) === key)
          .map((one) => one.slice(key.length + 1));
        // i18next takes a form for "none" in any language.
        expect(present.filter((form) => form !== 'zero').sort(), key).toEqual([...forms].sort());
      }
    });

    it('names the values that the English texts name', () => {
      expect(valuesByKey(texts)).toEqual(valuesByKey(english));
    });

    it('leaves nothing empty', () => {
      expect([...texts].filter(([, text]) => text.trim() === '')).toEqual([]);
    });
  });
});

describe('texts in Chinese', () => {
  /** Characters and words that only one of the two ways of writing has. */
  const SIMPLIFIED = /[这们说时门问关开么应个]|密钥|默认|账号|用户|网络/;
  const TRADITIONAL = /[這們說時門問關開麼應個]|金鑰|預設|帳號|使用者|網路/;
  const textsLike = (locale: Locale, pattern: RegExp) =>
    NAMESPACES.flatMap((namespace) => [...flat(locale, namespace)]).filter(([, text]) => pattern.test(text));

  it('are written in Taiwan’s words for Taiwan', () => {
    expect(textsLike('zh-TW', SIMPLIFIED)).toEqual([]);
    expect(textsLike('zh-TW', TRADITIONAL)).not.toEqual([]);
  });

  it('are written in the mainland’s for the mainland', () => {
    expect(textsLike('zh-CN', TRADITIONAL)).toEqual([]);
    expect(textsLike('zh-CN', SIMPLIFIED)).not.toEqual([]);
  });

  it.each(['zh-CN', 'zh-TW'] as const)(
    'address the reader with the same politeness everywhere: %s',
    (locale) => {
      const casual = NAMESPACES.flatMap((namespace) => [...flat(locale, namespace)]).filter(([, text]) =>
        text.includes('你'),
      );
      expect(casual).toEqual([]);
    },
  );
});

describe('keys in the source', () => {
  const files = globSync('{app,worker}/**/*.{ts,tsx}').filter((file) => !file.includes('.test.'));
  const sources = files.map((file) => ({ file, source: readFileSync(file, 'utf8') }));
  const known = new Map<string, Set<string>>(
    NAMESPACES.map((namespace) => [namespace, new Set(baseKeys(flat('en', namespace)))]),
  );
  const LITERAL = /['"`]((?:[a-z]+:)?[a-zA-Z][\w]*(?:\.(?:[\w-]|\$\{[^}]*\})+)+)['"`]/g;

  /** Literals of a file that look like keys, and those with a part put in at run time as patterns. */
  function literals(source: string): string[] {
    return [...source.matchAll(LITERAL)].map(([, key]) => key ?? '');
  }

  const used = new Set(sources.flatMap(({ source }) => literals(source)));
  /** `a.${b}.c` as a pattern. */
  const patterns = [...used]
    .filter((key) => key.includes('${'))
    .map((key) => new RegExp(`^${key.replace(/[.]/g, '\\.').replace(/\$\{[^}]*\}/g, '[\\w-]+')}$`));

  it('name no text that nobody uses', () => {
    const unused: string[] = [];
    for (const [namespace, keys] of known) {
      for (const key of keys) {
        const full = `${namespace}:${key}`;
        if (Object.keys(DYNAMIC_PREFIXES).some((prefix) => full.startsWith(prefix))) continue;
        if (used.has(key) || used.has(full)) continue;
        if (patterns.some((pattern) => pattern.test(key) || pattern.test(full))) continue;
        // A key of one part is told from other words by its call.
        if (!key.includes('.') && sources.some(({ source }) => source.includes(`t('${key}'`))) continue;
        unused.push(full);
      }
    }
    expect(unused).toEqual([]);
  });

  it('use no text that does not exist', () => {
    const missing: string[] = [];
    for (const { file, source } of sources) {
      for (const [, call] of source.matchAll(/\bt\(\s*['"]([a-zA-Z][\w.:-]*)['"]/g)) {
        const [namespace, key] = call!.includes(':') ? call!.split(':', 2) : [null, call!];
        const places =
          namespace === null ? [...known.values()] : [known.get(namespace!) ?? new Set<string>()];
        if (!places.some((keys) => keys.has(key!) || keys.has(base(key!)))) missing.push(`${file}: ${call}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

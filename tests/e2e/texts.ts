/** The texts of the pages, from the files the pages take them from. */
import { readFileSync } from 'node:fs';

type Tree = { [key: string]: string | Tree };

export type Locale = 'en' | 'zh-CN' | 'zh-TW' | 'ja';
export type Text = (key: string, values?: Record<string, string | number>) => string;

/**
 * `text('auth:login.submit')` in one language.
 * @throws Error when there is no such text.
 */
export function textsOf(locale: Locale): Text {
  const namespaces = new Map<string, Tree>();
  return (key, values = {}) => {
    const [namespace = '', path = ''] = key.split(':');
    let tree = namespaces.get(namespace);
    if (!tree) {
      tree = JSON.parse(readFileSync(`public/locales/${locale}/${namespace}.json`, 'utf8')) as Tree;
      namespaces.set(namespace, tree);
    }
    const found = path
      .split('.')
      .reduce<string | Tree | undefined>((at, part) => (typeof at === 'object' ? at[part] : undefined), tree);
    if (typeof found !== 'string') throw new Error(`no text ${key} in ${locale}`);
    return found.replace(/\{\{\s*(\w+)[^}]*\}\}/g, (_, name: string) => String(values[name] ?? ''));
  };
}

export const text = textsOf('en');

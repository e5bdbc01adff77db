import { readdirSync } from 'node:fs';
import type { RouteConfigEntry } from '@remix-run/route-config';
import { describe, expect, it } from 'vitest';
import routes from '../routes.ts';
import { isCustomPath, isReservedPath } from './reserved-paths.ts';

/** Addresses of the outermost routes; layouts have none of their own. */
function addresses(entries: RouteConfigEntry[]): string[] {
  return entries.flatMap(({ path, children }) => (path ? [path] : addresses(children ?? [])));
}

describe('custom paths', () => {
  it('never begin like a page, an endpoint, a door or a file of ours', async () => {
    const pages = addresses(await routes).filter((path) => path !== '*');
    const files = readdirSync('public');
    const doors = [
      'v1',
      'v1beta',
      'proxy',
      'llm',
      'healthz',
      'readyz',
      'assets',
      'locales',
      'stripe-sandbox',
    ];
    const open = [...pages, ...files, ...doors].filter(
      (path) => isCustomPath(path.split('/')[0]!) && !isReservedPath(path),
    );
    expect(open).toEqual([]);
  });

  it.each(['translate', 'team/translate', 'a/b/c', '0'])('may be %s', (path) => {
    expect(isCustomPath(path)).toBe(true);
  });

  it.each(['', '/translate', 'translate/', 'a/b/c/d', 'A', 'a_b', 'a.txt', 'a//b', '..', 'a%2fb', '-a', 'ü'])(
    'may not be %s',
    (path) => {
      expect(isCustomPath(path)).toBe(false);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { safeNextPath } from './next-path.ts';

describe('safeNextPath', () => {
  it.each(['/', '/buyer/keys?tab=all#top', '/services/a%20b'])('keeps the path %s', (path) => {
    expect(safeNextPath(path)).toBe(path);
  });

  it.each([
    null,
    '',
    'buyer',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/\n/evil.example',
    '/./\\evil.example',
    '/..//evil.example',
    `/${'a'.repeat(3000)}`,
  ])('replaces %j by the fallback', (path) => {
    expect(safeNextPath(path, '/buyer')).toBe('/buyer');
  });
});

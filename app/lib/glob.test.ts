import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';

describe('a pattern with *', () => {
  it.each([
    ['gpt-4o', 'gpt-4o'],
    ['*', ''],
    ['*', 'anything/at:all'],
    ['gpt-*', 'gpt-'],
    ['gpt-*', 'gpt-4o'],
    ['*-mini', 'gpt-4o-mini'],
    ['writer/*', 'writer/cheap'],
    ['a*b*c', 'a1b2b3c'],
    ['a**c', 'abc'],
  ])('%s means %s', (pattern, text) => expect(matchesGlob(pattern, text)).toBe(true));

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-*', 'GPT-4'],
    ['gpt-*', 'my-gpt-4'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['.', 'a'],
    ['', 'a'],
  ])('%s does not mean %s', (pattern, text) => expect(matchesGlob(pattern, text)).toBe(false));

  it('costs no more than its length, however many stars it has', () => {
    const startedAt = performance.now();
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

import { describe, expect, it } from 'vitest';
import { BAD_PATHS } from '../../tests/support/bad-paths.ts';
import {
  assertSafePath,
  assertSafeQuery,
  buildTargetPath,
  joinVersion,
  takeQueryKey,
  withoutParameter,
} from './target-url.ts';

const GOOD_PATHS = [
  '',
  '/',
  '/a',
  '/a/',
  '/a/b.c/d-e_f~g',
  '/users/@me',
  '/a:b/c,d/e=f',
  '/%20/%E2%82%AC',
  '/100%25',
  '/..a/b..',
  '/.well-known/x',
  '/...',
  "/a!$&'()*+",
  '/%3b/%3f/%23',
  '/%2525',
  '/%C3%A4%EF%BC%8F%E3%80%82',
  '/%c0%d6',
];

describe('paths', () => {
  it.each(GOOD_PATHS)('passes %j on as it is', (path) => {
    expect(() => assertSafePath(path)).not.toThrow();
    expect(buildTargetPath('https://api.example', '/base', path, '')).toBe(`/base${path}`);
  });

  it('are tried in at least eighty forms', () => {
    expect(new Set(BAD_PATHS).size).toBeGreaterThanOrEqual(80);
  });

  it.each(BAD_PATHS)('refuses %j', (path) => {
    expect(() => assertSafePath(path)).toThrowError(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('the target', () => {
  it('is origin, base path, rest and query, joined as text', () => {
    expect(buildTargetPath('https://api.example', '', '', '')).toBe('/');
    expect(buildTargetPath('https://api.example', '', '/a', 'b=c')).toBe('/a?b=c');
    expect(buildTargetPath('https://api.example', '/v2', '', 'b=%2F')).toBe('/v2?b=%2F');
  });

  it('is proven to be the stored origin below the stored base, whatever came before', () => {
    for (const rest of ['/../x', '/%2e%2e/x', '@evil.example/', '.evil.example/', '-admin', '/a/../../x']) {
      expect(() => buildTargetPath('https://api.example', '/base', rest, '')).toThrowError(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    }
    for (const rest of ['@evil.example/', ':81/', '.evil.example/']) {
      expect(() => buildTargetPath('https://api.example', '', rest, '')).toThrow();
    }
  });

  it('refuses fragments and raw control characters in the query', () => {
    for (const query of ['a#b', 'a b', 'a\r\nb', 'a=\u00e9', 'a=\u0000']) {
      expect(() => assertSafeQuery(query)).toThrowError(expect.objectContaining({ code: 'invalid_request' }));
    }
    expect(() => assertSafeQuery('a=%0d&b=//x/..;\\&c[]=1|2')).not.toThrow();
  });
});

describe('our key in the query', () => {
  it('is taken out and everything else stays byte for byte', () => {
    expect(takeQueryKey('a=%41&key=K&b=+', () => true)).toEqual({ key: 'K', rest: 'a=%41&b=+' });
    expect(takeQueryKey('key=K', () => true)).toEqual({ key: 'K', rest: '' });
    expect(takeQueryKey('k%65y=K&x', () => true)).toEqual({ key: 'K', rest: 'x' });
    expect(takeQueryKey('monkey=1&keys=2', () => true)).toEqual({ key: null, rest: 'monkey=1&keys=2' });
  });

  it('is told from a parameter of the service’s own', () => {
    expect(takeQueryKey('key=users:1', () => false)).toEqual({ key: null, rest: 'key=users:1' });
  });
});

describe('a credential’s parameter', () => {
  it('is removed from what the caller sent, however it is written', () => {
    expect(withoutParameter('api_key=x&a=1&api%5Fkey=y&api_key', 'api_key')).toBe('a=1');
    expect(withoutParameter('api_keys=x', 'api_key')).toBe('api_keys=x');
  });
});

describe('the version of an LLM’s path', () => {
  it('appears once, whether the seller typed it or not', () => {
    expect(joinVersion('/v1', '/v1/chat/completions')).toBe('/chat/completions');
    expect(joinVersion('/openai/v1', '/v1')).toBe('');
    expect(joinVersion('', '/v1/chat/completions')).toBe('/v1/chat/completions');
    expect(joinVersion('/v1', '/chat/completions')).toBe('/chat/completions');
    expect(joinVersion('/v1beta', '/v1/models/x:generateContent')).toBe('/models/x:generateContent');
    expect(joinVersion('/api/paas/v4', '/v1/chat/completions')).toBe('/chat/completions');
    expect(joinVersion('/v1beta/openai', '/v1/chat/completions')).toBe('/chat/completions');
    expect(joinVersion('/v1', '/v1x/y')).toBe('/v1x/y');
    expect(joinVersion('/openai', '/openai/deployments/x/chat/completions')).toBe(
      '/deployments/x/chat/completions',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { readFlash, redirectWithFlash } from './flash.ts';

function follow(setCookie: string): Request {
  return new Request('http://site.example/next', { headers: { cookie: setCookie.split(';')[0]! } });
}

describe('flash', () => {
  it('survives one redirect and is cleared by the page that shows it', () => {
    const flash = { messageKey: 'buyer:flash.keyRevoked', tone: 'success' as const, params: { name: 'Ünï' } };
    const response = redirectWithFlash('/buyer/keys', flash, { headers: { 'set-cookie': 'a=b' } });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/buyer/keys');
    const cookies = response.headers.getSetCookie();
    expect(cookies[0]).toBe('a=b');
    expect(cookies[1]).toContain('HttpOnly');
    const read = readFlash(follow(cookies[1]!));
    expect(read.flash).toEqual(flash);
    expect(read.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it.each([
    'rubbish',
    Buffer.from('null').toString('base64url'),
    Buffer.from('{"messageKey":"<script>"}').toString('base64url'),
    Buffer.from('{"messageKey":5}').toString('base64url'),
  ])('ignores the forged cookie %s', (value) => {
    expect(readFlash(follow(`tollgate-flash=${value}`)).flash).toBeNull();
  });

  it('is nothing without a cookie', () => {
    const { flash, headers } = readFlash(new Request('http://site.example/'));
    expect(flash).toBeNull();
    expect(headers.get('set-cookie')).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { clearedSessionCookie, readSessionToken, sessionCookie } from './session-cookie.ts';

const NOW = Date.UTC(2026, 10, 21);

describe('session cookie', () => {
  it('is bound to the host, over https only, and hidden from scripts', () => {
    const cookie = sessionCookie('https://market.example', 'token', new Date(NOW + 60_000), NOW);
    expect(cookie).toBe('__Host-tollgate=token; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure');
    expect(clearedSessionCookie('https://market.example')).toMatch(/^__Host-tollgate=; .*Max-Age=0.*Secure$/);
  });

  it('works over plain http in development, under another name', () => {
    const cookie = sessionCookie('http://127.0.0.1:3000', 'token', new Date(NOW + 60_000), NOW);
    expect(cookie).toBe('tollgate=token; Path=/; Max-Age=60; SameSite=Lax; HttpOnly');
  });

  it('is read under its own name only', () => {
    const request = new Request('http://x.example', {
      headers: { cookie: 'xtollgate=a; tollgate=b; __Host-tollgate=c' },
    });
    expect(readSessionToken(request, 'http://x.example')).toBe('b');
    expect(readSessionToken(request, 'https://x.example')).toBe('c');
    expect(readSessionToken(new Request('http://x.example'), 'http://x.example')).toBeNull();
  });
});

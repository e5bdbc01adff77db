/** The cookie that carries a session's random token. The database keeps only its hash. */
import { readCookie, serializeCookie } from './cookies.ts';

/** `__Host-` binds the cookie to this very host, but browsers take it over https only. */
export function sessionCookieName(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? '__Host-tollgate' : 'tollgate';
}

export function readSessionToken(request: Request, publicUrl: string): string | null {
  return readCookie(request.headers.get('cookie'), sessionCookieName(publicUrl));
}

/** `Set-Cookie` for a session that ends at `expiresAt`. */
export function sessionCookie(publicUrl: string, token: string, expiresAt: Date, now: number): string {
  return serializeCookie(sessionCookieName(publicUrl), token, {
    maxAgeSeconds: Math.max(0, Math.floor((expiresAt.getTime() - now) / 1000)),
    secure: publicUrl.startsWith('https:'),
  });
}

/** `Set-Cookie` that makes the browser forget its session. */
export function clearedSessionCookie(publicUrl: string): string {
  return serializeCookie(sessionCookieName(publicUrl), '', {
    maxAgeSeconds: 0,
    secure: publicUrl.startsWith('https:'),
  });
}

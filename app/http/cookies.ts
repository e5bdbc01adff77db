/** Cookies, read and written by hand: values are ours and need no escaping (base64url). */

/** The value of one cookie of a request, or null. The first one counts (RFC 6265 §5.4). */
export function readCookie(header: string | null | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const separator = part.indexOf('=');
    if (separator > 0 && part.slice(0, separator).trim() === name) return part.slice(separator + 1).trim();
  }
  return null;
}

export interface CookieOptions {
  /** 0 deletes the cookie. */
  maxAgeSeconds: number;
  secure: boolean;
  httpOnly?: boolean;
}

/** A `Set-Cookie` value: whole site, same-site only, hidden from scripts unless told otherwise. */
export function serializeCookie(name: string, value: string, options: CookieOptions): string {
  const parts = [`${name}=${value}`, 'Path=/', `Max-Age=${options.maxAgeSeconds}`, 'SameSite=Lax'];
  if (options.httpOnly !== false) parts.push('HttpOnly');
  if (options.secure) parts.push('Secure');
  return parts.join('; ');
}

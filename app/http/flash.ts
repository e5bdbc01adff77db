/** A message that survives one redirect: set by an action, shown and cleared by the next page. */
import { redirect } from '@remix-run/node';
import { readCookie, serializeCookie } from './cookies.ts';

export interface Flash {
  /** Translation key with its namespace: `buyer:flash.keyRevoked`. */
  messageKey: string;
  tone: 'success' | 'info' | 'warning' | 'danger';
  params?: Record<string, string | number>;
}

const COOKIE = 'tollgate-flash';
const LIFETIME_SECONDS = 60;
const TONES: Flash['tone'][] = ['success', 'info', 'warning', 'danger'];

/** Redirects with a message. `init.headers` may add cookies of its own. */
export function redirectWithFlash(url: string, flash: Flash, init: { headers?: HeadersInit } = {}) {
  const headers = new Headers(init.headers);
  const value = Buffer.from(JSON.stringify(flash)).toString('base64url');
  headers.append(
    'set-cookie',
    serializeCookie(COOKIE, value, { maxAgeSeconds: LIFETIME_SECONDS, secure: false }),
  );
  return redirect(url, { headers });
}

/**
 * The message of this request, and the headers that clear it. The cookie is not signed: it can only
 * choose among translated sentences, and React escapes its parameters.
 */
export function readFlash(request: Request): { flash: Flash | null; headers: Headers } {
  const headers = new Headers();
  const value = readCookie(request.headers.get('cookie'), COOKIE);
  if (!value) return { flash: null, headers };
  headers.append('set-cookie', serializeCookie(COOKIE, '', { maxAgeSeconds: 0, secure: false }));
  return { flash: parseFlash(value), headers };
}

function parseFlash(value: string): Flash | null {
  try {
    const flash = JSON.parse(Buffer.from(value, 'base64url').toString('utf8')) as Partial<Flash> | null;
    if (typeof flash?.messageKey !== 'string' || !/^[a-z]+:[\w.-]+$/i.test(flash.messageKey)) return null;
    const tone = TONES.find((known) => known === flash.tone) ?? 'info';
    const params = Object.entries(flash.params ?? {}).filter(([, item]) =>
      ['string', 'number'].includes(typeof item),
    );
    return { messageKey: flash.messageKey, tone, params: Object.fromEntries(params) };
  } catch {
    return null;
  }
}

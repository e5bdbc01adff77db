/**
 * Cross-site request forgery: what a page sends must come from a page of ours. Stands in front of
 * Remix, so that no action can forget it (Remix CVE-2026-22030).
 */
import type { NextFunction, Request, Response } from 'express';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Doors for programs: they authenticate with keys, tokens or signatures, never with cookies. */
const PROGRAM_DOORS = ['/api/', '/webhooks/', '/proxy/', '/v1/'];
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

export interface SameOriginQuestion {
  origin: string | undefined;
  secFetchSite: string | undefined;
  host: string | undefined;
  publicUrl: string;
  /** Accept the origin the request itself was sent to (development without PUBLIC_URL). */
  acceptOwnHost: boolean;
}

/**
 * True when the browser says that the request comes from our own origin. `Origin` decides when it is
 * there; without one (or with `null`, which privacy settings send) `Sec-Fetch-Site` must say so.
 */
export function isSameOrigin(question: SameOriginQuestion): boolean {
  const { origin, secFetchSite, host, publicUrl, acceptOwnHost } = question;
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none') return false;
  if (origin === undefined || origin === 'null') return secFetchSite === 'same-origin';
  if (!URL.canParse(origin)) return false;
  const ours = new URL(publicUrl);
  if (origin === ours.origin) return true;
  // A local installation is reached as localhost and as 127.0.0.1; only loopback names may stand in.
  const ownHost = acceptOwnHost || (LOOPBACK_HOST.test(ours.host) && LOOPBACK_HOST.test(host ?? ''));
  return ownHost && host !== undefined && origin === `${ours.protocol}//${host}`;
}

/** Read as Remix reads it, so that `/api/../account` is the account page here too. */
function isProgramDoor(originalUrl: string): boolean {
  const address = `http://tollgate.invalid${originalUrl}`;
  if (!URL.canParse(address)) return false;
  const { pathname } = new URL(address);
  return PROGRAM_DOORS.some((door) => pathname.startsWith(door));
}

/** Express middleware: 403 for page requests that may write and do not come from our own pages. */
export function requireSameOrigin(getPublicUrl: () => string, options: { acceptOwnHost?: boolean } = {}) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const isExempt = READS.has(request.method) || isProgramDoor(request.originalUrl);
    const question: SameOriginQuestion = {
      origin: request.get('origin'),
      secFetchSite: request.get('sec-fetch-site'),
      host: request.get('host'),
      publicUrl: getPublicUrl(),
      acceptOwnHost: options.acceptOwnHost ?? false,
    };
    if (isExempt || isSameOrigin(question)) return next();
    response
      .status(403)
      .set('cache-control', 'no-store')
      .type('text/plain; charset=utf-8')
      .send('This form was not sent from a page of this site. Reload the page and try again.\n');
  };
}

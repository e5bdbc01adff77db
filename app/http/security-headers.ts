/** Headers that tell browsers what our pages may do. Not for proxied answers: they have stricter ones. */
import { randomBytes } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

export interface SecurityHeadersOptions {
  publicUrl: string;
  /** Pages come from Vite's development server: hot reload needs a WebSocket and inline styles. */
  viteDev?: boolean;
}

const STRIPE_PAGES = ['https://checkout.stripe.com', 'https://billing.stripe.com'];
const TWO_YEARS_SECONDS = 63_072_000;
const NONCE_BYTES = 16;

const nonceOf = (response: unknown) => (response as Response).locals['cspNonce'] as string;

/**
 * Express middleware. Puts the nonce of this answer into `response.locals.cspNonce`; the load context
 * hands it to Remix. Inline style attributes are allowed because charts and Radix position with them.
 */
export function securityHeaders(options: SecurityHeadersOptions): RequestHandler {
  const nonce = (_request: unknown, response: unknown) => `'nonce-${nonceOf(response)}'`;
  const guard = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", nonce, "'strict-dynamic'"],
        styleSrc: options.viteDev ? ["'self'", "'unsafe-inline'"] : ["'self'", nonce],
        styleSrcAttr: ["'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'https:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: options.viteDev ? ["'self'", 'ws:'] : ["'self'"],
        formAction: ["'self'", ...STRIPE_PAGES],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    strictTransportSecurity: options.publicUrl.startsWith('https:')
      ? { maxAge: TWO_YEARS_SECONDS, includeSubDomains: false }
      : false,
    // `no-referrer` would make browsers send `Origin: null` with our own forms; this leaks no more.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  return (request: Request, response: Response, next: NextFunction) => {
    response.locals['cspNonce'] = randomBytes(NONCE_BYTES).toString('base64');
    guard(request, response, next);
  };
}

/** Browsers of other sites may call the management API only from origins the operator names. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = 'authorization, content-type, idempotency-key';
const EXPOSED_HEADERS = 'x-request-id, retry-after, location';
const PREFLIGHT_SECONDS = 600;

/**
 * Express middleware for `/api`. Credentials are never allowed: the API takes tokens, not cookies,
 * so an allowed origin cannot act with its visitor's session.
 */
export function apiCors(allowedOrigins: readonly string[]): RequestHandler {
  const allowed = new Set(allowedOrigins.map((origin) => origin.replace(/\/+$/, '')));
  return (request: Request, response: Response, next: NextFunction) => {
    response.vary('Origin');
    const origin = request.get('origin');
    const isAllowed = origin !== undefined && allowed.has(origin);
    if (isAllowed) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
    }
    if (request.method !== 'OPTIONS') return next();
    if (isAllowed) {
      response.setHeader('access-control-allow-methods', METHODS);
      response.setHeader('access-control-allow-headers', REQUEST_HEADERS);
      response.setHeader('access-control-max-age', String(PREFLIGHT_SECONDS));
    }
    response.status(204).end();
  };
}

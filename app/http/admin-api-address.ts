/**
 * `/admin/stats` is JSON for everybody. `/admin/providers` and `/admin/endpoints` are pages for people and JSON for programs. Programs say so
 * by an access token, a JSON body, or a method that forms have not got; they are led to `/api/v1/admin/…`.
 */
import type { NextFunction, Request, Response } from 'express';

const STATISTICS = /^\/admin\/stats(?:\?|$)/;
const ADDRESS = /^\/admin\/(?:providers|endpoints)(?:\/[^/?]+)?(?:\?|$)/;

function isProgram(request: Request): boolean {
  if (/^Bearer /i.test(request.get('authorization') ?? '')) return true;
  if (request.method === 'PUT' || request.method === 'DELETE') return true;
  if (request.is('application/json')) return true;
  const accept = request.get('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('text/html');
}

/** Express middleware, in front of whatever reads the address. Cookies mean nothing behind it, except to statistics. */
export function adminApiAddress(request: Request, _response: Response, next: NextFunction): void {
  const isStatistics = STATISTICS.test(request.originalUrl);
  if (isStatistics || (ADDRESS.test(request.originalUrl) && isProgram(request))) {
    request.originalUrl = `/api/v1${request.originalUrl}`;
    request.url = request.originalUrl;
  }
  next();
}

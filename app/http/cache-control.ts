/** Pages are private unless they say otherwise: most of them show who is logged in. */
import type { NextFunction, Request, Response } from 'express';

/**
 * Express middleware, after static files: answers that set no `Cache-Control` of their own leave
 * with `private, no-store`, so that no shared cache and no Back button shows them to someone else.
 */
export function noStoreByDefault(_request: Request, response: Response, next: NextFunction): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
  response.writeHead = ((...args: unknown[]) => {
    if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'private, no-store');
    return writeHead(...args);
  }) as Response['writeHead'];
  next();
}

/** Bodies of pages and of the management API are small: one that takes long is there to hold a connection. */
import type { RequestHandler } from 'express';

const BODY_DEADLINE_MS = 30_000;

/**
 * Express middleware, behind the gateway: 408 for a body that has not arrived in time. The server's own
 * `requestTimeout` cannot be used, because it would cut the gateway's long uploads.
 */
export function limitBodyTime(deadlineMs: number = BODY_DEADLINE_MS): RequestHandler {
  return (request, response, next) => {
    if (request.complete) return next();
    const timer = setTimeout(() => {
      if (request.complete) return;
      if (response.headersSent) return void request.destroy();
      response.once('finish', () => request.destroy());
      response.status(408).set({ connection: 'close', 'cache-control': 'no-store' });
      response.type('text/plain; charset=utf-8').send('The request body did not arrive in time.\n');
    }, deadlineMs);
    const done = (): void => clearTimeout(timer);
    request.once('end', done);
    response.once('close', done);
    next();
  };
}

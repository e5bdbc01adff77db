/** What fails outside Remix, or before it: malformed addresses and hosts, bodies of the sandbox's forms. */
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../infra/logger.ts';
import { AppError } from '../lib/app-error.ts';
import { errorBody, toAppError } from './error-response.ts';

/** Statuses that Express and its parsers put on errors which are the caller's. */
function callersFault(error: unknown): AppError | null {
  if (!(error instanceof Error)) return null;
  const { status, code } = error as Error & { status?: unknown; code?: unknown };
  if (status === 413) return new AppError('payload_too_large', 'The body is too large.', { cause: error });
  const isMalformed = typeof status === 'number' && status >= 400 && status < 500;
  if (!isMalformed && code !== 'ERR_INVALID_URL') return null;
  return new AppError('invalid_request', 'The request is malformed.', { cause: error });
}

/** Express error handler. Express' own shows the stack wherever NODE_ENV is not `production`. */
export function lastResort({ logger, publicUrl }: { logger: Logger; publicUrl: string }) {
  return (thrown: unknown, request: Request, response: Response, next: NextFunction): void => {
    // Half an answer has gone: Express cuts the connection, so that nobody takes it for a whole one.
    if (response.headersSent) return next(thrown);
    const requestId = String(response.locals['requestId']);
    const error = callersFault(thrown) ?? toAppError(thrown, { logger, requestId });
    response.status(error.status).set('cache-control', 'no-store');
    if (request.path.startsWith('/api/')) response.json(errorBody(error, requestId, publicUrl));
    else response.type('text/plain; charset=utf-8').send(`${error.message}\n${requestId}\n`);
  };
}

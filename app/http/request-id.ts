import type { RequestHandler } from 'express';
import { newId } from '../lib/ids.ts';

/** Gives every answer an id of ours; one that the caller sends is never taken over. */
export const assignRequestId: RequestHandler = (_request, response, next) => {
  response.locals.requestId = newId('request');
  response.setHeader('x-request-id', response.locals.requestId);
  next();
};

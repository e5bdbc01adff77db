/** The sandbox's API: Stripe's wire format on the outside, endpoints of `resources/` inside. */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../../db/client.ts';
import type { Logger } from '../../logger.ts';
import type { SandboxCore } from './core.ts';
import type { Endpoint } from './endpoint.ts';
import { newStripeId } from './objects.ts';
import { billingEndpoints } from './resources/billing.ts';
import { catalogueEndpoints } from './resources/catalogue.ts';
import { checkoutSessionEndpoints } from './resources/checkout-sessions.ts';
import { parameterError, SandboxError, type StripeErrorBody } from './sandbox-error.ts';

export interface ApiOptions {
  apiKey: string;
  logger: Logger;
  /** Runs in one transaction; its events are delivered once it has committed. */
  transact<T>(work: (core: SandboxCore, db: Db) => Promise<T>): Promise<T>;
}

interface Answer {
  status: number;
  body: object;
}

const ENDPOINTS: Endpoint[] = [...catalogueEndpoints, ...checkoutSessionEndpoints, ...billingEndpoints];
const MAX_BODY = '256kb';

export function createSandboxApi(options: ApiOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set('request-id', newStripeId('req'));
    next();
  });
  app.use(requireKey(options.apiKey));
  app.use(express.urlencoded({ extended: true, limit: MAX_BODY }));
  for (const endpoint of ENDPOINTS) {
    app[endpoint.method](endpoint.path, (request, response, next) => {
      answer(options, endpoint, request)
        .then(({ status, body }) => response.status(status).json(body))
        .catch(next);
    });
  }
  app.use((request, _response, next) => {
    next(
      new SandboxError(404, {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${request.method}: ${request.path}): the sandbox does not do this.`,
      }),
    );
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof SandboxError) return sendError(response, error.status, error.body);
    options.logger.error({ err: error }, 'the Stripe sandbox failed');
    sendError(response, 500, { type: 'api_error', message: 'The sandbox failed; see its log.' });
  });
  return app;
}

function sendError(response: Response, status: number, body: StripeErrorBody): void {
  response.status(status).json({ error: body });
}

function requireKey(apiKey: string) {
  const expected = createHash('sha256').update(apiKey).digest();
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1] ?? '';
    if (timingSafeEqual(createHash('sha256').update(given).digest(), expected)) return next();
    sendError(response, 401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' });
  };
}

async function answer(options: ApiOptions, endpoint: Endpoint, request: Request): Promise<Answer> {
  const input: unknown = endpoint.method === 'post' ? (request.body ?? {}) : request.query;
  const parsed = endpoint.params.safeParse(input, { reportInput: true });
  if (!parsed.success) throw parameterError(parsed.error);
  return options.transact((core, db) => {
    const run = async (): Promise<Answer> => ({
      status: 200,
      body: await endpoint.run(core, parsed.data, request.params.id ?? ''),
    });
    const key = request.get('idempotency-key');
    if (!key || endpoint.method !== 'post') return run();
    return once(db, { key, path: request.path, body: JSON.stringify(input) }, run);
  });
}

/**
 * Idempotency keys: the first answer is kept and given again; other parameters under the same key are
 * refused. A second request at the same time waits here, on the key's row, for the first.
 */
async function once(
  db: Db,
  request: { key: string; path: string; body: string },
  run: () => Promise<Answer>,
): Promise<Answer> {
  const hash = createHash('sha256').update(request.body).digest('hex');
  const taken = await db.execute(sql`
    insert into stripe_sandbox_requests (idempotency_key, path, body_hash, status_code, response)
    values (${request.key}, ${request.path}, ${hash}, 0, '{}') on conflict do nothing returning 1`);
  if (taken.length === 0) {
    const [earlier] = await db.execute<{
      path: string;
      body_hash: string;
      status_code: number;
      response: object;
    }>(
      sql`select path, body_hash, status_code, response from stripe_sandbox_requests where idempotency_key = ${request.key}`,
    );
    if (!earlier || earlier.path !== request.path || earlier.body_hash !== hash) {
      throw new SandboxError(400, {
        type: 'idempotency_error',
        message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${request.key}' if you meant to execute a different request.`,
      });
    }
    return { status: earlier.status_code, body: earlier.response };
  }
  const result = await run();
  await db.execute(sql`
    update stripe_sandbox_requests set status_code = ${result.status}, response = ${JSON.stringify(result.body)}::jsonb
    where idempotency_key = ${request.key}`);
  return result;
}

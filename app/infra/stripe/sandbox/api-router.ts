/** The sandbox's API: Stripe's wire format on the outside, endpoints of `resources/` inside. */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Db } from '../../../../db/client.ts';
import type { Logger } from '../../logger.ts';
import { createRequestCheck, type CheckRequest } from './check-request.ts';
import type { SandboxCore } from './core.ts';
import type { Endpoint } from './endpoint.ts';
import { presentAnswer } from './expand-fields.ts';
import { faultError, REQUEST_FAULTS, type Faults } from './faults.ts';
import { answerOnce, type Answer } from './idempotency.ts';
import { newStripeId } from './objects.ts';
import { billingEndpoints } from './resources/billing.ts';
import { portalEndpoints } from './resources/billing-portal.ts';
import { catalogueEndpoints } from './resources/catalogue.ts';
import { chargeEndpoints } from './resources/charges.ts';
import { checkoutSessionEndpoints } from './resources/checkout-sessions.ts';
import { connectEndpoints } from './resources/connect.ts';
import { customerEndpoints } from './resources/customers.ts';
import { intentEndpoints } from './resources/intents.ts';
import { paymentMethodEndpoints } from './resources/payment-methods.ts';
import { timeEndpoints } from './resources/sandbox-time.ts';
import { SandboxError, type StripeErrorBody } from './sandbox-error.ts';

export type Transact = <T>(
  work: (core: SandboxCore, db: Db) => Promise<T>,
  request?: Partial<Pick<SandboxCore, 'account' | 'request'>>,
) => Promise<T>;

export interface ApiOptions {
  apiKey: string;
  logger: Logger;
  faults: Faults;
  /** Runs in one transaction; its events are delivered once it has committed. */
  transact: Transact;
}

const ENDPOINTS: Endpoint[] = [
  ...customerEndpoints,
  ...paymentMethodEndpoints,
  ...intentEndpoints,
  ...chargeEndpoints,
  ...catalogueEndpoints,
  ...checkoutSessionEndpoints,
  ...billingEndpoints,
  ...portalEndpoints,
  ...connectEndpoints,
  ...timeEndpoints,
];
const MAX_BODY = '256kb';

export function createSandboxApi(options: ApiOptions): Express {
  const app = express();
  const check = createRequestCheck();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set('request-id', newStripeId('req'));
    next();
  });
  app.use(requireKey(options.apiKey));
  app.use(express.text({ type: () => true, limit: MAX_BODY }));
  for (const endpoint of ENDPOINTS) {
    const [method, path] = endpoint.request.split(' ') as ['GET' | 'POST' | 'DELETE', string];
    app[method.toLowerCase() as 'get' | 'post' | 'delete'](path, (request, response, next) => {
      serve(options, check, endpoint, request, response).catch(next);
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

async function serve(
  options: ApiOptions,
  check: CheckRequest,
  endpoint: Endpoint,
  request: Request,
  response: Response,
): Promise<void> {
  const fault = await options.faults.strike(REQUEST_FAULTS, `${request.method} ${request.path}`);
  // Whoever waits for this answer gives up by itself.
  if (fault?.kind === 'timeout') return;
  if (fault && fault.kind !== 'lost_answer') throw faultError(fault.kind);
  const { status, body, isReplayed } = await answer(options, check, endpoint, request, response);
  if (fault) {
    request.socket.destroy();
    return;
  }
  if (isReplayed) response.set('idempotent-replayed', 'true');
  response.status(status).json(body);
}

async function answer(
  options: ApiOptions,
  check: CheckRequest,
  endpoint: Endpoint,
  request: Request,
  response: Response,
): Promise<Answer> {
  const isPost = request.method === 'POST';
  const body: unknown = request.body;
  const inUrl = request.originalUrl.split('?')[1] ?? '';
  const form = isPost
    ? typeof body === 'string'
      ? body
      : ''
    : inUrl || (typeof body === 'string' ? body : '');
  const params = check(endpoint.request, form);
  const { expand = [] } = params as { expand?: string[] };
  const account = request.get('stripe-account') ?? null;
  const key = (isPost && request.get('idempotency-key')) || null;
  const ids = { id: request.params.id ?? '', child: request.params.child ?? '' };
  const requestId = response.get('request-id') ?? null;
  return options.transact(
    (core, db) => {
      const run = async (): Promise<Answer> => ({
        status: 200,
        body: await presentAnswer(core, await endpoint.run(core, params, ids), expand),
      });
      if (!key) return attempt(core, run);
      const path = `${account ?? ''}${request.path}`;
      return answerOnce(core.state, db, { key, path, body: form }, () => attempt(core, run));
    },
    { account, request: { id: requestId, idempotency_key: key } },
  );
}

/** A refusal takes back what was done, but for payments, which have been tried. */
async function attempt(core: SandboxCore, run: () => Promise<Answer>): Promise<Answer> {
  const marker = await core.state.savepoint();
  const sent = core.outbox.length;
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (!error.keepsEffects) {
      await marker.rollback();
      core.outbox.length = sent;
    }
    return { status: error.status, body: { error: error.body } };
  }
}

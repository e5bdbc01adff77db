/** The OpenAPI 3.1 document of the management API and the gateway's doors (https://spec.openapis.org/oas/v3.1.1). */
import { administrationOperations } from './administration-operations.ts';
import { buyingOperations } from './buying-operations.ts';
import { callingOperations } from './calling-operations.ts';
import { disputeOperations } from './dispute-operations.ts';
import { egressOperations } from './egress-operations.ts';
import { invoiceOperations } from './invoice-operations.ts';
import { paymentOperations } from './payment-operations.ts';
import { payoutOperations } from './payout-operations.ts';
import { pricingOperations } from './pricing-operations.ts';
import { reportingOperations } from './reporting-operations.ts';
import { schemas } from './schemas.ts';
import { sellingOperations } from './selling-operations.ts';
import { ref } from './shapes.ts';

export interface Operation {
  id: string;
  summary: string;
  tag: 'Accounts' | 'Administration' | 'Selling' | 'Buying' | 'Calling';
  body?: string;
  /** Schema of the answer; null for files, and for answers that are the upstream's. */
  answer: string | null;
  status?: number;
  query?: Record<string, string>;
  /** `token`: JWT of /auth/login; `key`: a key of a subscription. */
  auth?: 'none' | 'token' | 'key';
  /** Refusals worth naming besides 400 and 401. */
  errors?: number[];
}

/** Path → method → operation; a test compares it with the route table. */
export const OPERATIONS: Record<string, Record<string, Operation>> = {
  '/api/v1/auth/register': {
    post: {
      id: 'register',
      summary: 'Register a user with an organization',
      tag: 'Accounts',
      body: 'Registration',
      answer: 'AccessToken',
      status: 201,
      auth: 'none',
      errors: [409, 429],
    },
  },
  '/api/v1/auth/login': {
    post: {
      id: 'logIn',
      summary: 'Exchange a password for an access token',
      tag: 'Accounts',
      body: 'LogIn',
      answer: 'AccessToken',
      auth: 'none',
      errors: [429],
    },
  },
  ...sellingOperations,
  ...pricingOperations,
  ...disputeOperations,
  ...paymentOperations,
  ...payoutOperations,
  ...invoiceOperations,
  ...reportingOperations,
  ...buyingOperations,
  ...administrationOperations,
  ...egressOperations,
  ...callingOperations,
};

const SECURITY = { none: [], token: [{ token: [] }], key: [{ key: [] }] };

const WITHOUT_SCHEMA = { done: 'Done.', call: 'The upstream’s answer, streamed.', file: 'The file.' };

const json = (name: string) => ({ 'application/json': { schema: ref(name) } });

function toOperation(path: string, operation: Operation): Record<string, unknown> {
  const { id, summary, tag, body, answer, status = 200, query = {}, auth = 'token', errors = [] } = operation;
  const failures = [400, ...(auth === 'none' && id !== 'logIn' ? [] : [401]), ...errors];
  return {
    operationId: id,
    summary,
    tags: [tag],
    security: SECURITY[auth],
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...Object.entries(query).map(([name, description]) => ({
        name,
        in: 'query',
        description,
        schema: { type: 'string' },
      })),
    ],
    ...(body && { requestBody: { required: body !== 'NewSubscription', content: json(body) } }),
    responses: {
      [status]:
        answer === null
          ? { description: WITHOUT_SCHEMA[status === 204 ? 'done' : tag === 'Calling' ? 'call' : 'file'] }
          : { description: 'Done.', content: json(answer) },
      ...Object.fromEntries(
        failures.map((failure) => [
          failure,
          { description: 'Refused; `error.code` says why.', content: json('Error') },
        ]),
      ),
    },
  };
}

/** @param origin where this installation is reached, without a trailing slash. */
export function createOpenApiDocument(origin: string, version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tollgate',
      version,
      description: 'List APIs, subscribe to them, and call them through one streaming gateway.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    paths: Object.fromEntries(
      Object.entries(OPERATIONS).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [method, toOperation(path, operation)]),
        ),
      ]),
    ),
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From /api/v1/auth/login.',
        },
        key: { type: 'http', scheme: 'bearer', description: 'A key of a subscription: tg_live_…' },
      },
    },
  };
}

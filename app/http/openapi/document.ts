/** The OpenAPI 3.1 document of the management API and the gateway's doors (https://spec.openapis.org/oas/v3.1.1). */
import { ref, schemas } from './schemas.ts';

interface Operation {
  id: string;
  summary: string;
  tag: 'Accounts' | 'Selling' | 'Buying' | 'Calling';
  body?: string;
  /** Schema of the answer; null for answers that are the upstream's. */
  answer: string | null;
  status?: number;
  query?: Record<string, string>;
  /** `token`: JWT of /auth/login; `key`: a key of a subscription. */
  auth?: 'none' | 'token' | 'key';
  /** Refusals worth naming besides 400 and 401. */
  errors?: number[];
}

const RANGE = {
  range: '24h, 7d or 30d.',
  from: 'ISO date or time.',
  to: 'ISO date or time, exclusive.',
  time_zone: 'IANA name; UTC when absent.',
};

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
  '/api/v1/seller/apis': {
    get: {
      id: 'listOwnApis',
      summary: 'List your APIs',
      tag: 'Selling',
      query: { page: 'From 1.' },
      answer: 'SellerApiPage',
    },
    post: {
      id: 'createApi',
      summary: 'List an API',
      tag: 'Selling',
      body: 'NewApi',
      answer: 'SellerApi',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/seller/apis/{id}': {
    get: {
      id: 'getOwnApi',
      summary: 'One of your APIs, by id or slug',
      tag: 'Selling',
      answer: 'SellerApi',
      errors: [404],
    },
    put: {
      id: 'updateApi',
      summary: 'Change, publish or pause it',
      tag: 'Selling',
      body: 'ApiChange',
      answer: 'SellerApi',
      errors: [404, 409],
    },
    delete: {
      id: 'deleteApi',
      summary: 'Delete it; with subscribers it is archived',
      tag: 'Selling',
      answer: 'RetiredApi',
      errors: [404],
    },
  },
  '/api/v1/seller/earnings': {
    get: {
      id: 'getEarnings',
      summary: 'What you earned',
      tag: 'Selling',
      query: { days: '1 to 366.', time_zone: 'IANA name.' },
      answer: 'Earnings',
    },
  },
  '/api/v1/buyer/apis': {
    get: {
      id: 'listApis',
      summary: 'Browse and search published APIs',
      tag: 'Buying',
      query: {
        q: 'Words to find.',
        category: 'Category.',
        kind: 'http or llm.',
        price: 'Plan kind.',
        sort: 'newest, name or price.',
        page: 'From 1.',
      },
      answer: 'ApiPage',
    },
  },
  '/api/v1/buyer/apis/{id}': {
    get: {
      id: 'getApi',
      summary: 'One API with its plans, by id or slug',
      tag: 'Buying',
      answer: 'ApiDetail',
      errors: [404],
    },
  },
  '/api/v1/buyer/apis/{id}/subscribe': {
    post: {
      id: 'subscribe',
      summary: 'Subscribe and get a key',
      tag: 'Buying',
      body: 'NewSubscription',
      answer: 'Subscribed',
      status: 201,
      errors: [402, 404, 409],
    },
  },
  '/api/v1/buyer/subscriptions': {
    get: {
      id: 'listSubscriptions',
      summary: 'Your subscriptions',
      tag: 'Buying',
      query: { include: 'canceled: also those that have ended.' },
      answer: 'SubscriptionList',
    },
  },
  '/api/v1/buyer/subscriptions/{id}': {
    get: {
      id: 'getSubscription',
      summary: 'One subscription',
      tag: 'Buying',
      answer: 'Subscription',
      errors: [404],
    },
    delete: {
      id: 'cancelSubscription',
      summary: 'End it, at once or with the paid period',
      tag: 'Buying',
      answer: 'Subscription',
      errors: [404],
    },
  },
  '/api/v1/buyer/keys': {
    get: { id: 'listKeys', summary: 'Your keys, without secrets', tag: 'Buying', answer: 'KeyList' },
    post: {
      id: 'createKey',
      summary: 'Make a key; its secret is in this answer only',
      tag: 'Buying',
      body: 'NewKey',
      answer: 'IssuedKey',
      status: 201,
      errors: [404],
    },
  },
  '/api/v1/buyer/keys/{id}': {
    get: {
      id: 'getKey',
      summary: 'One key, without its secret',
      tag: 'Buying',
      answer: 'Key',
      errors: [404],
    },
    put: {
      id: 'updateKey',
      summary: 'Change what a key may do, or disable and enable it',
      tag: 'Buying',
      body: 'KeyChange',
      answer: 'Key',
      errors: [404, 409],
    },
    delete: {
      id: 'revokeKey',
      summary: 'Revoke a key; it is refused within a second',
      tag: 'Buying',
      answer: 'Key',
      errors: [404],
    },
  },
  '/api/v1/buyer/keys/{id}/rotate': {
    post: {
      id: 'rotateKey',
      summary: 'Replace a key by a new one; the old one works on for the grace',
      tag: 'Buying',
      body: 'KeyRotation',
      answer: 'IssuedKey',
      status: 201,
      errors: [404, 409],
    },
  },
  '/api/v1/buyer/usage': {
    get: {
      id: 'getUsage',
      summary: 'Calls, errors, tokens and cost of a range',
      tag: 'Buying',
      query: { ...RANGE, service: 'Slug or id.' },
      answer: 'Usage',
      errors: [404],
    },
  },
  '/api/v1/buyer/wallet': {
    get: { id: 'getWallet', summary: 'What is available and what is held', tag: 'Buying', answer: 'Wallet' },
  },
  '/api/v1/buyer/wallet/top-ups': {
    post: {
      id: 'startTopUp',
      summary: 'Start a checkout that fills the wallet',
      tag: 'Buying',
      body: 'NewTopUp',
      answer: 'TopUp',
      status: 201,
      errors: [409, 503],
    },
  },
  '/api/v1/buyer/checkouts/{id}': {
    get: {
      id: 'getCheckout',
      summary: 'Whether a checkout has been paid',
      tag: 'Buying',
      answer: 'Checkout',
      errors: [404],
    },
  },
  '/proxy/v1/{service}/{path}': {
    get: {
      id: 'call',
      summary: 'Call a service; every other method works the same way',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
  },
  '/v1/chat/completions': {
    post: {
      id: 'createChatCompletion',
      summary: 'OpenAI-compatible chat, streaming and not',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
  },
  '/v1/models': {
    get: {
      id: 'listModels',
      summary: 'Models of the LLM services the key is subscribed to',
      tag: 'Calling',
      answer: null,
      auth: 'key',
    },
  },
};

const SECURITY = { none: [], token: [{ token: [] }], key: [{ key: [] }] };

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
          ? { description: 'The upstream’s answer, streamed.' }
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

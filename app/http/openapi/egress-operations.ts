/** Pools of outbound proxies in the OpenAPI document. */
import type { Operation } from './document.ts';
import { count, instant, list, nullable, object, ref, text, type Schema } from './shapes.ts';

const status: Schema = { type: 'string', enum: ['active', 'disabled'] };
const weight: Schema = { ...count, minimum: 1, maximum: 1_000 };

export const egressSchemas: Record<string, Schema> = {
  EgressProxy: object({
    id: text(),
    pool_id: text(),
    protocol: { type: 'string', enum: ['http', 'https', 'socks5'] },
    host: text(),
    port: count,
    username: nullable(text()),
    region: nullable(text()),
    weight,
    status,
    health: { type: 'string', enum: ['working', 'unknown', 'out', 'disabled'] },
    failures: count,
    retry_at: nullable(instant),
    latency_ms: nullable(count),
    checked_at: nullable(instant),
  }),
  EgressPool: object({
    id: text(),
    name: text(),
    proxies: list(ref('EgressProxy')),
    created_at: instant,
    updated_at: instant,
  }),
  EgressPoolList: object({ data: list(ref('EgressPool')) }),
  EgressPoolName: object({ name: text() }),
  NewEgressProxies: object(
    {
      urls: {
        ...list(text('http://, https:// or socks5://, with user name and password where needed.')),
        description: 'Also as one text, a line each.',
      },
      region: text(),
      weight,
    },
    ['region', 'weight'],
  ),
  AddedEgressProxies: object({
    added: { ...list(count), description: 'Numbers of lines, from 1.' },
    skipped: list(
      object({
        line: count,
        reason: { type: 'string', enum: ['invalid', 'blocked_target', 'duplicate'] },
      }),
    ),
  }),
  EgressProxyChanges: object({ weight, region: text(), status }, ['weight', 'region', 'status']),
  EgressCheck: object({ url: text('That of an upstream behind the pool when absent.') }, ['url']),
  EgressCheckResult: object(
    {
      works: { type: 'boolean' },
      url: text(),
      status: count,
      latency_ms: count,
      reason: {
        type: 'string',
        enum: ['refused', 'timeout', 'unreachable', 'blocked_target', 'target_unreachable'],
      },
    },
    ['status', 'latency_ms', 'reason'],
  ),
};

export const egressOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/admin/egress-pools': {
    get: {
      id: 'listEgressPools',
      summary: 'Pools of outbound proxies, with how each proxy is',
      tag: 'Administration',
      answer: 'EgressPoolList',
      errors: [403],
    },
    post: {
      id: 'createEgressPool',
      summary: 'Make an empty pool, which upstreams may name',
      tag: 'Administration',
      body: 'EgressPoolName',
      answer: 'EgressPool',
      status: 201,
      errors: [403],
    },
  },
  '/api/v1/admin/egress-pools/{id}': {
    put: {
      id: 'renameEgressPool',
      summary: 'Rename a pool',
      tag: 'Administration',
      body: 'EgressPoolName',
      answer: 'EgressPool',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteEgressPool',
      summary: 'Delete a pool that no upstream names',
      tag: 'Administration',
      answer: null,
      status: 204,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/admin/egress-pools/{id}/proxies': {
    post: {
      id: 'addEgressProxies',
      summary: 'Add proxies; those that cannot be added are named',
      tag: 'Administration',
      body: 'NewEgressProxies',
      answer: 'AddedEgressProxies',
      status: 201,
      errors: [403, 404, 409],
    },
  },
  '/api/v1/admin/egress-proxies/{id}': {
    put: {
      id: 'updateEgressProxy',
      summary: 'Change weight, region or status of a proxy',
      tag: 'Administration',
      body: 'EgressProxyChanges',
      answer: 'EgressProxy',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteEgressProxy',
      summary: 'Take a proxy out of its pool',
      tag: 'Administration',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/admin/egress-proxies/{id}/check': {
    post: {
      id: 'checkEgressProxy',
      summary: 'Ask for an address through a proxy now; one that works is back in the rotation',
      tag: 'Administration',
      body: 'EgressCheck',
      answer: 'EgressCheckResult',
      errors: [403, 404, 429],
    },
  },
};

/** What administrators do, in the OpenAPI document. */
import type { Operation } from './document.ts';
import { RANGE } from './shapes.ts';

export const administrationOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/admin/stats': {
    get: {
      id: 'getStatistics',
      summary: 'The platform in numbers; also at /admin/stats',
      tag: 'Administration',
      query: RANGE,
      answer: 'Statistics',
      errors: [403],
    },
  },
  '/api/v1/admin/endpoints': {
    get: {
      id: 'listAllEndpoints',
      summary: 'Custom paths of everybody; also at /admin/endpoints',
      tag: 'Administration',
      answer: 'CustomPathList',
      errors: [403],
    },
    post: {
      id: 'createAnyEndpoint',
      summary: 'Bind a path to any service; also at /admin/endpoints',
      tag: 'Administration',
      body: 'NewCustomPath',
      answer: 'CustomPath',
      status: 201,
      errors: [403, 409],
    },
  },
  '/api/v1/admin/endpoints/{id}': {
    put: {
      id: 'updateAnyEndpoint',
      summary: 'Change any custom path; also at /admin/endpoints/{id}',
      tag: 'Administration',
      body: 'CustomPathChanges',
      answer: 'CustomPath',
      errors: [403, 404, 409],
    },
    delete: {
      id: 'deleteAnyEndpoint',
      summary: 'Free any custom path; also at /admin/endpoints/{id}',
      tag: 'Administration',
      answer: null,
      status: 204,
      errors: [403, 404],
    },
  },
  '/api/v1/admin/providers': {
    get: {
      id: 'listProviders',
      summary: 'The platform’s own LLM upstreams; also at /admin/providers',
      tag: 'Administration',
      answer: 'ProviderList',
      errors: [403],
    },
    post: {
      id: 'createProvider',
      summary: 'Add a provider; also at /admin/providers',
      tag: 'Administration',
      body: 'NewProvider',
      answer: 'Provider',
      status: 201,
      errors: [403],
    },
  },
  '/api/v1/admin/providers/{id}': {
    put: {
      id: 'updateProvider',
      summary: 'Change a provider; also at /admin/providers/{id}',
      tag: 'Administration',
      body: 'ProviderChanges',
      answer: 'Provider',
      errors: [403, 404],
    },
    delete: {
      id: 'deleteProvider',
      summary: 'Remove a provider with its keys and paths; also at /admin/providers/{id}',
      tag: 'Administration',
      answer: 'DeletedProvider',
      errors: [403, 404],
    },
  },
};

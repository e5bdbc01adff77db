import type { SandboxCore } from './core.ts';
import type { Base } from './objects.ts';
import type { StripeRequest, StripeRequests } from './request-types.ts';
import { invalidRequest } from './sandbox-error.ts';

export interface Ids {
  /** `:id` of the path. */
  id: string;
  /** `:child` of the path. */
  child: string;
}

/** One request of Stripe's API; its parameters have been checked against its type. */
export interface Endpoint {
  request: StripeRequest;
  run(core: SandboxCore, params: unknown, ids: Ids): Promise<object>;
}

/** Ties `run`'s parameters to the request. */
export function endpoint<Request extends StripeRequest>(
  request: Request,
  run: (core: SandboxCore, params: StripeRequests[Request], ids: Ids) => Promise<object>,
): Endpoint {
  return { request, run: run as Endpoint['run'] };
}

export function retrieveEndpoint<Request extends StripeRequest>(request: Request, type: string): Endpoint {
  return endpoint(request, (core, _params, { id }) => core.state.get(type, id));
}

interface ListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Record<'gt' | 'gte' | 'lt' | 'lte', number | undefined>;
}

interface ListOptions {
  /** Of the path, or of parameters that are not named like the field they select by. */
  match?: object;
  /** For what the fields of an object do not say. */
  filter?: (object: Base) => boolean;
}

const NO_FILTERS = new Set(['limit', 'starting_after', 'ending_before', 'created', 'expand']);
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 10;

/** Newest first, a page at a time. Parameters select objects whose fields of that name are equal. */
export async function listObjects(
  core: SandboxCore,
  type: string,
  url: string,
  params: object,
  { match, filter }: ListOptions = {},
): Promise<object> {
  const { limit = DEFAULT_LIMIT, starting_after, ending_before, created } = params as ListParams;
  if (limit < 1 || limit > MAX_LIMIT) throw invalidRequest('limit must be between 1 and 100', 'limit');
  const fields = match ?? Object.fromEntries(Object.entries(params).filter(([key]) => !NO_FILTERS.has(key)));
  const range = typeof created === 'number' ? { gte: created, lte: created } : created;
  const found = await core.state.list<Base>(type, {
    limit: filter ? undefined : limit + 1,
    startingAfter: starting_after,
    endingBefore: ending_before,
    match: fields,
    created: range,
  });
  const kept = filter ? found.filter(filter) : found;
  // Pages backwards are read from their end.
  const data = ending_before ? kept.slice(0, limit).reverse() : kept.slice(0, limit);
  return { object: 'list', url, has_more: kept.length > limit, data };
}

export function listEndpoint<Request extends StripeRequest>(request: Request, type: string): Endpoint {
  const url = request.replace(/^GET /, '');
  return endpoint(request, (core, params) => listObjects(core, type, url, params));
}

/** The frame around every `/api/v1/*` endpoint: authentication, JSON both ways, errors, methods. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import type { z } from 'zod';
import type { Actor, Context } from '../domain/context.ts';
import { verifyAccessToken } from '../domain/users/index.ts';
import { AppError } from '../lib/app-error.ts';
import { parseInput } from '../lib/parse-input.ts';
import { errorResponse, toAppError } from './error-response.ts';
import { readJsonBody } from './read-json.ts';

type Args = LoaderFunctionArgs | ActionFunctionArgs;

export interface ApiCall {
  ctx: Context;
  /** The same as `ctx.actor`; a user unless the endpoint needs no authentication. */
  actor: Actor;
  params: Args['params'];
  request: Request;
  url: URL;
  /**
   * The JSON body, parsed. Make objects `.strict()`: unknown fields are refused by name.
   * @throws AppError 400, 413 or 415.
   */
  readJson<Schema extends z.ZodType>(schema: Schema): Promise<z.output<Schema>>;
}

/** Returns a plain object (200), nothing (204), or `apiResponse(body, status)`. */
export type ApiHandler = (call: ApiCall) => Promise<unknown>;

export interface ApiOptions {
  /** `none`: for registering and logging in. */
  authenticate?: 'required' | 'none';
}

/** Money is decimal text and never a JSON number; dates are ISO 8601. */
function toJson(body: unknown): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

/** A JSON answer with a status of its own. */
export function apiResponse(body: unknown, status = 200, headers: HeadersInit = {}): Response {
  const all = new Headers(headers);
  if (!all.has('content-type')) all.set('content-type', 'application/json; charset=utf-8');
  return new Response(toJson(body), { status, headers: all });
}

function bearerToken(request: Request): string | null {
  return /^Bearer +([^\s]+)$/i.exec(request.headers.get('authorization')?.trim() ?? '')?.[1] ?? null;
}

async function authenticate(anonymous: Context, request: Request): Promise<Actor> {
  const token = bearerToken(request);
  if (!token) {
    throw new AppError(
      'unauthenticated',
      'Send an access token: Authorization: Bearer <token from /api/v1/auth/login>.',
    );
  }
  return verifyAccessToken(anonymous, { token });
}

async function handle(args: Args, handler: ApiHandler, options: ApiOptions): Promise<Response> {
  const { platform, requestId, clientIp } = args.context;
  const origin = { requestId, ipAddress: clientIp };
  let response: Response;
  try {
    const anonymous = platform.createContext({ type: 'anonymous' }, origin);
    const actor =
      options.authenticate === 'none' ? anonymous.actor : await authenticate(anonymous, args.request);
    const result = await handler({
      ctx: platform.createContext(actor, origin),
      actor,
      params: args.params,
      request: args.request,
      url: new URL(args.request.url),
      readJson: async (schema) => parseInput(schema, await readJsonBody(args.request)),
    });
    if (result instanceof Response) response = result;
    else response = result === undefined ? new Response(null, { status: 204 }) : apiResponse(result);
  } catch (thrown) {
    if (thrown instanceof Response) throw thrown;
    const error = toAppError(thrown, { logger: platform.logger, requestId });
    response = errorResponse(error, requestId, platform.publicUrl);
  }
  response.headers.set('cache-control', 'no-store');
  return response;
}

function methodNotAllowed(allowed: string[]): ApiHandler {
  return () => {
    const message = `This address answers ${allowed.join(', ')} only.`;
    throw new AppError('method_not_allowed', message);
  };
}

async function refuseMethod(args: Args, allowed: string[]): Promise<Response> {
  const response = await handle(args, methodNotAllowed(allowed), { authenticate: 'none' });
  response.headers.set('allow', allowed.join(', '));
  return response;
}

/** A loader that answers GET (and HEAD). */
export function apiLoader(handler: ApiHandler, options: ApiOptions = {}) {
  return (args: LoaderFunctionArgs): Promise<Response> => handle(args, handler, options);
}

/**
 * An action that answers the given methods, and 405 with `Allow` for others. `readable: false` says
 * that GET is not answered either; then export `loader = apiMethodNotAllowed([...])` too.
 */
export function apiAction(
  handlers: Partial<Record<'POST' | 'PUT' | 'PATCH' | 'DELETE', ApiHandler>>,
  options: ApiOptions & { readable?: boolean } = {},
) {
  const allowed = [...(options.readable === false ? [] : ['GET', 'HEAD']), ...Object.keys(handlers)];
  return (args: ActionFunctionArgs): Promise<Response> => {
    const handler = Object.entries(handlers).find(([method]) => method === args.request.method)?.[1];
    return handler ? handle(args, handler, options) : refuseMethod(args, allowed);
  };
}

/** A loader or action for addresses that do not answer GET, or nothing but GET. */
export function apiMethodNotAllowed(allowed: string[]) {
  return (args: Args): Promise<Response> => refuseMethod(args, allowed);
}

/** The 404 of the API. */
export function apiNotFound(args: Args): Promise<Response> {
  const handler: ApiHandler = async ({ url }) => {
    throw new AppError('not_found', `There is no endpoint ${url.pathname}.`);
  };
  return handle(args, handler, { authenticate: 'none' });
}

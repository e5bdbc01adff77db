import type { z } from 'zod';
import { and, asc, eq } from 'drizzle-orm';
import { credentials, upstreams, type Credential, type Upstream } from '../../../db/schema/index.ts';
import type { EgressResponse } from '../../infra/egress/egress.ts';
import type { DialectName } from '../../lib/service-options.ts';
import { DIALECT_DEFAULTS, modelsPathFor } from '../../lib/dialect-defaults.ts';
import { AppError, isAppError } from '../../lib/app-error.ts';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, type Context } from '../context.ts';
import { chooseEgressProxy } from '../egress/index.ts';
import { normaliseBaseUrl } from './base-url.ts';
import { applyCredential, maskSecret, type CredentialUse } from './credential.ts';
import { requireOwnService } from './own-service.ts';
import { testConnectionSchema, type TestConnectionInput } from './schemas.ts';

const TIMEOUT_MS = 10_000;
const MAX_READ_BYTES = 256 * 1024;
const MAX_PREVIEW_BYTES = 4 * 1024;
const TESTS_PER_MINUTE = 20;
const MAX_MODELS = 500;

/** Headers worth showing: what the answer is and what the upstream says about limits and errors. */
const SHOWN_HEADERS =
  /^(content-type|content-length|date|server|location|retry-after|www-authenticate|x-request-id|(x-)?ratelimit.*)$/;
const TEXT_TYPE =
  /^(text\/|application\/([\w.-]+\+)?(json|xml|x-ndjson|javascript|x-www-form-urlencoded|yaml))/i;

export type ConnectionFailure =
  | 'blocked_target'
  | 'unresolvable'
  | 'timeout'
  | 'refused'
  | 'tls'
  | 'unreachable'
  /** The base URL leads elsewhere than the stored secret belongs; it has to be typed again. */
  | 'secret_needed';

export type ConnectionTest =
  | {
      ok: true;
      /** What was asked for, the secret masked. */
      url: string;
      status: number;
      firstByteMs: number;
      totalMs: number;
      contentType: string | null;
      headers: Record<string, string>;
      /** At most 4 KB of text, the secret masked; null for anything but text. */
      bodyPreview: string | null;
      /** True when the answer was longer than the preview. */
      truncated: boolean;
      /** Model ids an LLM upstream lists; null when it does not. */
      models: string[] | null;
    }
  | { ok: false; url: string; reason: ConnectionFailure };

type Parsed = z.output<typeof testConnectionSchema>;

interface Target {
  dialect: DialectName;
  credential: CredentialUse;
  /** Null: directly, or as the environment says. */
  via: ProxyAddress | null;
}

/**
 * Sends one GET to an upstream, saved or only typed, with the credential in its place, through the saved
 * upstream's pool of proxies.
 * @throws AppError `rate_limited` beyond 20 tests a minute, `invalid_request`, `not_found`.
 */
export async function testConnection(ctx: Context, input: TestConnectionInput): Promise<ConnectionTest> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const parsed = parseInput(testConnectionSchema, input);
  const decision = await ctx.store.rateLimits.take([
    { key: `test-connection:${actor.organizationId}`, limit: TESTS_PER_MINUTE, windowMs: 60_000 },
  ]);
  if (!decision.allowed) {
    throw new AppError('rate_limited', 'That were many tests. Wait a moment and try again.', {
      retryAfterSeconds: Math.ceil(decision.retryAfterMs / 1000),
    });
  }
  const saved = await findSaved(ctx, actor.organizationId, parsed);
  const dialect = parsed.dialect ?? saved?.dialect ?? (parsed.kind === 'llm' ? 'openai-chat' : 'raw');
  const baseUrl = parsed.baseUrl ? normaliseBaseUrl(parsed.baseUrl)! : saved!.baseUrl;
  const url = baseUrl + (parsed.path ?? defaultPath(dialect, baseUrl, saved?.apiVersion ?? null));
  if (new URL(url).origin !== new URL(baseUrl).origin) {
    throw new AppError('invalid_request', 'The path leads elsewhere.', {
      issues: [{ field: 'path', reason: 'invalid' }],
    });
  }
  const credential = await chooseCredential(ctx, saved, baseUrl, parsed);
  if (!credential) return { ok: false, url, reason: 'secret_needed' };
  const { organizationId } = actor;
  const poolId = saved?.egressPoolId ?? null;
  const via = poolId === null ? null : await chooseEgressProxy(ctx, { organizationId, poolId });
  // An upstream behind a pool is never dialled round it.
  if (poolId !== null && via === null) return { ok: false, url, reason: 'unreachable' };
  return send(ctx, url, { dialect, credential, via });
}

function defaultPath(dialect: DialectName, baseUrl: string, apiVersion: string | null): string {
  if (dialect === 'raw') return '';
  const query = dialect === 'azure' && apiVersion ? `?api-version=${encodeURIComponent(apiVersion)}` : '';
  return modelsPathFor(dialect, baseUrl) + query;
}

/** The upstream that was saved, of the service named; null when everything is only typed. */
async function findSaved(ctx: Context, organizationId: string, parsed: Parsed): Promise<Upstream | null> {
  if (!parsed.serviceId) return null;
  const service = await requireOwnService(ctx.db, organizationId, parsed.serviceId);
  const [upstream] = await ctx.db
    .select()
    .from(upstreams)
    .where(
      and(eq(upstreams.serviceId, service.id), eq(upstreams.id, parsed.upstreamId ?? service.upstream.id)),
    );
  if (!upstream) throw new AppError('not_found', 'There is no such upstream.');
  return upstream;
}

/** The typed secret, else the stored one — which is write-only, so it never goes to another origin. */
async function chooseCredential(
  ctx: Context,
  saved: Upstream | null,
  baseUrl: string,
  { credential: typed, credentialId }: Parsed,
): Promise<CredentialUse | null> {
  const stored = saved && (await findCredential(ctx, saved.id, credentialId));
  const placement = typed?.placement ?? stored?.placement ?? 'none';
  const parameterName = typed ? (typed.parameterName ?? null) : (stored?.parameterName ?? null);
  if (placement === 'none') return { placement, parameterName: null, secret: null };
  if (typed?.secret !== undefined) return { placement, parameterName, secret: typed.secret };
  if (!saved || new URL(saved.baseUrl).origin !== new URL(baseUrl).origin) return null;
  if (!stored?.secretEnvelope) return null;
  return {
    placement,
    parameterName,
    secret: ctx.keyring.open(stored.secretEnvelope, `credential:${stored.id}`),
  };
}

/** The named credential of an upstream, else its first. */
async function findCredential(
  ctx: Context,
  upstreamId: string,
  credentialId: string | undefined,
): Promise<Credential | null> {
  const [stored] = await ctx.db
    .select()
    .from(credentials)
    .where(
      and(
        eq(credentials.upstreamId, upstreamId),
        credentialId === undefined ? undefined : eq(credentials.id, credentialId),
      ),
    )
    .orderBy(asc(credentials.createdAt), asc(credentials.id))
    .limit(1);
  if (!stored && credentialId !== undefined) throw new AppError('not_found', 'There is no such credential.');
  return stored ?? null;
}

async function send(ctx: Context, url: string, target: Target): Promise<ConnectionTest> {
  const { secret } = target.credential;
  const request = applyCredential(
    {
      url,
      headers: {
        accept: 'application/json, */*;q=0.5',
        'user-agent': 'Tollgate connection test',
        ...(target.dialect !== 'raw' && DIALECT_DEFAULTS[target.dialect].headers),
      },
    },
    target.credential,
  );
  const shownUrl = maskSecret(request.url, secret);
  try {
    const response = await ctx.egress.request({
      method: 'GET',
      ...request,
      via: target.via,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_READ_BYTES,
    });
    return { ok: true, url: shownUrl, ...describe(response, target) };
  } catch (error) {
    const reason = failureOf(error);
    if (reason === null) throw error;
    return { ok: false, url: shownUrl, reason };
  }
}

function describe(response: EgressResponse, { dialect, credential }: Target) {
  const { secret } = credential;
  const contentType = response.headers['content-type'] ?? null;
  const isText = contentType === null || TEXT_TYPE.test(contentType);
  // Masked before it is cut: a secret across the edge would show its first half.
  const text = isText ? maskSecret(response.body.toString('utf8'), secret) : null;
  const preview = text === null ? null : Buffer.from(text).subarray(0, MAX_PREVIEW_BYTES).toString('utf8');
  const headers = Object.entries(response.headers)
    .filter(([name]) => SHOWN_HEADERS.test(name))
    .map(([name, value]) => [name, maskSecret(value, secret)] as const);
  return {
    status: response.status,
    firstByteMs: response.firstByteMs,
    totalMs: response.totalMs,
    contentType,
    headers: Object.fromEntries(headers),
    // A cut in the middle of a character leaves a replacement character.
    bodyPreview: preview?.replace(/\ufffd+$/, '').replaceAll('\0', '') ?? null,
    truncated: response.truncated || (text !== null && Buffer.byteLength(text) > MAX_PREVIEW_BYTES),
    models: dialect !== 'raw' && response.status === 200 ? readModels(response.body) : null,
  };
}

/** Model ids of a list in the way of OpenAI and Anthropic (`data[].id`) or Gemini (`models[].name`); null for others. */
function readModels(body: Buffer): string[] | null {
  try {
    const parsed = JSON.parse(body.toString('utf8')) as { data?: unknown; models?: unknown };
    const list = parsed.data ?? parsed.models;
    if (!Array.isArray(list)) return null;
    const ids = list
      .map((model: { id?: unknown; name?: unknown } | null) => model?.id ?? model?.name)
      .filter((id): id is string => typeof id === 'string')
      .map((id) => id.replace(/^models\//, ''))
      .filter((id) => /^[\w./:@+-]{1,128}$/.test(id));
    return [...new Set(ids)].slice(0, MAX_MODELS);
  } catch {
    return null;
  }
}

/** Why there was no answer; null for errors that are our own. */
function failureOf(error: unknown): ConnectionFailure | null {
  if (!isAppError(error)) return null;
  if (error.code === 'blocked_target') {
    return error.details?.['reason'] === 'unresolvable' ? 'unresolvable' : 'blocked_target';
  }
  if (error.code === 'upstream_timeout') return 'timeout';
  if (error.code !== 'upstream_error') return null;
  const reason = String(error.details?.['reason'] ?? '');
  if (/^(ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|ETIMEOUT)$/.test(reason)) return 'unresolvable';
  if (reason === 'ECONNREFUSED') return 'refused';
  if (/CERT|TLS|SSL|EPROTO|SELF_SIGNED|ALTNAME/.test(reason)) return 'tls';
  return 'unreachable';
}

import { Client, type Dispatcher, type buildConnector } from 'undici';
import { AppError } from '../../lib/app-error.ts';
import type { EgressRequest, EgressResponse } from './egress.ts';
import { isBlockedTarget } from './url-policy.ts';

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/**
 * Sends one request over a connection of its own and reads a bounded answer; redirects are answers
 * like any other.
 * @throws AppError `blocked_target`, `upstream_timeout` (the total deadline), `upstream_error`
 *   (`details.reason` is the system's code: ECONNREFUSED, ENOTFOUND, …).
 */
export async function sendRequest(
  request: EgressRequest,
  connect: buildConnector.connector,
): Promise<EgressResponse> {
  const url = new URL(request.url);
  const client = new Client(url.origin, { connect, pipelining: 1, allowH2: false });
  try {
    return await exchange(client, url, request);
  } catch (error) {
    throw asRequestError(error, request.timeoutMs);
  } finally {
    await client.destroy().catch(() => undefined);
  }
}

function exchange(client: Client, url: URL, request: EgressRequest): Promise<EgressResponse> {
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  return new Promise((resolve, reject) => {
    const response: EgressResponse = {
      status: 0,
      headers: {},
      body: Buffer.alloc(0),
      truncated: false,
      firstByteMs: 0,
      totalMs: 0,
    };
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => {
      clearTimeout(deadline);
      response.body = Buffer.concat(chunks);
      response.totalMs = elapsed();
      resolve(response);
    };
    const fail = (error: unknown): void => {
      clearTimeout(deadline);
      reject(error);
    };
    const deadline = setTimeout(() => {
      fail(Object.assign(new Error('The total deadline has passed'), { code: 'ETIMEDOUT' }));
    }, request.timeoutMs);

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart(_controller, status, headers) {
        if (status < 200) return;
        response.status = status;
        response.headers = flattenHeaders(headers);
        response.firstByteMs = elapsed();
      },
      onResponseData(_controller, chunk) {
        const room = request.maxResponseBytes - size;
        if (chunk.length <= room) {
          size += chunk.length;
          chunks.push(Buffer.from(chunk));
          return;
        }
        if (response.truncated) return;
        if (room > 0) chunks.push(Buffer.from(chunk.subarray(0, room)));
        size = request.maxResponseBytes;
        response.truncated = true;
        // The connection is destroyed as soon as the answer is handed over.
        finish();
      },
      onResponseEnd: finish,
      onResponseError: (_controller, error) => fail(error),
    };
    client.dispatch(
      {
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: withIdentityEncoding(request.headers),
        body: request.body ?? null,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.timeoutMs,
        reset: true,
      },
      handler,
    );
  });
}

/** Nothing here inflates, so a compressed answer is not asked for. */
function withIdentityEncoding(headers: Record<string, string> = {}): Record<string, string> {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'accept-encoding');
  return named ? headers : { ...headers, 'accept-encoding': 'identity' };
}

function flattenHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function asRequestError(error: unknown, timeoutMs: number): unknown {
  if (isBlockedTarget(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  if (TIMEOUT_CODES.has(code)) {
    return new AppError('upstream_timeout', `The host did not answer within ${timeoutMs} ms.`, {
      details: { reason: code },
      cause: error,
    });
  }
  return new AppError('upstream_error', `The host could not be reached (${code}).`, {
    details: { reason: code },
    cause: error,
  });
}

import {
  ClientSecretPost,
  None,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  clientCredentialsGrantRequest,
  customFetch,
  processGenericTokenEndpointResponse,
  refreshTokenGrantRequest,
  validateAuthResponse,
  type AuthorizationServer,
  type Client,
  type TokenEndpointRequestOptions,
} from 'oauth4webapi';
import { AppError } from '../../lib/app-error.ts';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import type { Context } from '../context.ts';

/** Whom to ask, and as whom. */
export interface TokenClient {
  tokenUrl: string;
  clientId: string;
  /** Null for public clients. */
  clientSecret: string | null;
  scopes: string;
  /** Wants JSON with the state, where the standard says a form without. */
  sendsJson: boolean;
  /** Null: directly, or as the environment says. */
  via: ProxyAddress | null;
}

export interface TokenSet {
  accessToken: string;
  /** Null: the provider gave none; an earlier one stays good (RFC 6749 §6). */
  refreshToken: string | null;
  /** Seconds; null: the provider did not say. */
  expiresIn: number | null;
}

export type TokenQuestion =
  | { grant: 'authorization_code'; code: string; state: string; verifier: string; redirectUri: string }
  | { grant: 'client_credentials' }
  | { grant: 'refresh_token'; refreshToken: string };

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks a token endpoint.
 * @throws AppError `upstream_auth_failed` with `details.reason`, the OAuth error code; the egress module's
 *   errors when the endpoint cannot be reached or must not be.
 */
export async function requestTokens(
  ctx: Context,
  client: TokenClient,
  question: TokenQuestion,
): Promise<TokenSet> {
  // The endpoint's origin stands for the issuer, which matters for identities only.
  const server: AuthorizationServer = {
    issuer: new URL(client.tokenUrl).origin,
    token_endpoint: client.tokenUrl,
  };
  const who: Client = { client_id: client.clientId };
  const options = { [customFetch]: fetchThrough(ctx, client), [allowInsecureRequests]: true };
  try {
    const response = await ask(server, who, client, question, options);
    const answer = await processGenericTokenEndpointResponse(server, who, response);
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? null,
      expiresIn: answer.expires_in ?? null,
    };
  } catch (error) {
    throw asAppError(error);
  }
}

async function ask(
  server: AuthorizationServer,
  who: Client,
  { clientSecret, scopes, sendsJson }: TokenClient,
  question: TokenQuestion,
  options: TokenEndpointRequestOptions,
): Promise<Response> {
  const auth = clientSecret === null ? None() : ClientSecretPost(clientSecret);
  switch (question.grant) {
    case 'authorization_code': {
      const { code, state, verifier, redirectUri } = question;
      // The state was matched against the stored flow already.
      const answer = validateAuthResponse(server, who, new URLSearchParams({ code }));
      return authorizationCodeGrantRequest(server, who, auth, answer, redirectUri, verifier, {
        ...options,
        ...(sendsJson && { additionalParameters: { state } }),
      });
    }
    case 'client_credentials':
      return clientCredentialsGrantRequest(
        server,
        who,
        auth,
        scopes === '' ? {} : { scope: scopes },
        options,
      );
    case 'refresh_token':
      return refreshTokenGrantRequest(server, who, auth, question.refreshToken, options);
  }
}

/** The library's requests, over the one door to the outside. */
function fetchThrough(ctx: Context, { sendsJson, via }: TokenClient) {
  return async (
    url: string,
    request: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const form = String(request.body);
    const answer = await ctx.egress.request({
      url,
      via,
      method: request.method,
      headers: sendsJson ? { ...request.headers, 'content-type': 'application/json' } : request.headers,
      body: sendsJson ? JSON.stringify(Object.fromEntries(new URLSearchParams(form))) : form,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
    });
    return readAnswer(answer.status, answer.body.toString('utf8'));
  };
}

/**
 * As the library wants it. Access is asked for, not who the seller is there: an ID token would only have to
 * be verified. Some providers (GitHub) say with 200 what is wrong.
 */
function readAnswer(status: number, text: string): Response {
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = JSON.parse(text) as Record<string, unknown>;
    delete answer['id_token'];
    const isError = typeof answer['error'] === 'string' && answer['access_token'] === undefined;
    return new Response(JSON.stringify(answer), {
      status: isError && status === 200 ? 400 : status,
      headers,
    });
  } catch {
    return new Response(text === '' ? null : text, { status, headers });
  }
}

function asAppError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'AppError') return error;
  const reason =
    'error' in error && typeof error.error === 'string' ? error.error.slice(0, 100) : 'invalid_answer';
  return new AppError('upstream_auth_failed', `The provider did not give an access token (${reason}).`, {
    details: { reason },
    cause: error,
  });
}

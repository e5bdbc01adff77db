/** An OAuth 2 authorization server on loopback: PKCE is checked, refresh tokens are good once. */
import { createHash, randomUUID } from 'node:crypto';
import { startUpstream, type Upstream } from './upstream.ts';

export interface OauthServer {
  authorizeUrl: string;
  tokenUrl: string;
  hostAndPort: string;
  clientId: string;
  clientSecret: string;
  /** Token requests so far, as they were sent. */
  requests: URLSearchParams[];
  /** The media type of each. */
  types: string[];
  /** Answers from now on: access tokens live so long, in seconds. */
  expiresIn: number;
  /** Answers with this OAuth error instead. */
  failWith: string | null;
  /** Says errors with this status. */
  errorStatus: number;
  /** Seconds that pass before an answer, for races. */
  delayMs: number;
  /** Access tokens that were given, the newest last. */
  accessTokens: string[];
  /** What a person does at the address of consent: the code that the provider sends back. */
  consent(url: string): { code: string; state: string; redirectUri: string };
  close(): Promise<void>;
}

interface Grant {
  challenge: string;
  redirectUri: string;
}

export async function startOauthServer(options: { publicClient?: boolean } = {}): Promise<OauthServer> {
  const codes = new Map<string, Grant>();
  const refreshTokens = new Set<string>();
  const upstream: Upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => {
      const type = request.headers['content-type'] ?? '';
      const body = recorded.body.toString();
      const isJson = type.startsWith('application/json');
      const form = new URLSearchParams(isJson ? (JSON.parse(body) as Record<string, string>) : body);
      server.requests.push(form);
      server.types.push(type);
      const answer = respond(form);
      setTimeout(() => {
        response.writeHead('error' in answer ? server.errorStatus : 200, {
          'content-type': 'application/json',
        });
        response.end(JSON.stringify(answer));
      }, server.delayMs);
    });
  });

  function respond(form: URLSearchParams): Record<string, unknown> {
    if (server.failWith !== null) return { error: server.failWith };
    if (form.get('client_id') !== server.clientId) return { error: 'invalid_client' };
    if (!options.publicClient && form.get('client_secret') !== server.clientSecret)
      return { error: 'invalid_client' };
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const grant = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        const proof = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        if (!grant || grant.challenge !== proof || grant.redirectUri !== form.get('redirect_uri')) {
          return { error: 'invalid_grant' };
        }
        return issue(true);
      }
      case 'refresh_token':
        if (!refreshTokens.delete(form.get('refresh_token') ?? '')) return { error: 'invalid_grant' };
        return issue(true);
      case 'client_credentials':
        return issue(false);
      default:
        return { error: 'unsupported_grant_type' };
    }
  }

  function issue(refreshable: boolean): Record<string, unknown> {
    const accessToken = `access-${randomUUID()}`;
    server.accessTokens.push(accessToken);
    const answer = { access_token: accessToken, token_type: 'Bearer', expires_in: server.expiresIn };
    if (!refreshable) return answer;
    const refreshToken = `refresh-${randomUUID()}`;
    refreshTokens.add(refreshToken);
    // Providers of identities send this along; nobody here wants it.
    return { ...answer, refresh_token: refreshToken, id_token: 'not.a.token' };
  }

  const server: OauthServer = {
    authorizeUrl: `${upstream.url}/authorize`,
    tokenUrl: `${upstream.url}/token`,
    hostAndPort: upstream.hostAndPort,
    clientId: 'client-1',
    clientSecret: 'client-secret-1',
    requests: [],
    types: [],
    expiresIn: 3_600,
    failWith: null,
    errorStatus: 400,
    delayMs: 0,
    accessTokens: [],
    consent(text) {
      const { searchParams } = new URL(text);
      if (
        searchParams.get('response_type') !== 'code' ||
        searchParams.get('code_challenge_method') !== 'S256'
      ) {
        throw new Error('this is no authorization request with PKCE');
      }
      const code = randomUUID();
      const redirectUri = searchParams.get('redirect_uri')!;
      codes.set(code, { challenge: searchParams.get('code_challenge')!, redirectUri });
      return { code, state: searchParams.get('state')!, redirectUri };
    },
    close: upstream.close,
  };
  return server;
}

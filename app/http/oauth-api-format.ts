/** JSON of OAuth 2 credentials: snake_case; what a value may be is the domain's business. */
import { z } from 'zod';
import type { OauthStatus, StartOauthInput, StartedOauth } from '../domain/oauth/index.ts';

const text = z.string();

export const startOauthBody = z.strictObject({
  provider: text.optional(),
  grant: text.optional(),
  client_id: text.optional(),
  client_secret: text.optional(),
  scopes: text.optional(),
  authorize_url: text.optional(),
  token_url: text.optional(),
});

export const completeOauthBody = z.strictObject({ code: text.optional(), state: text.optional() });

export function toStartOauth(credentialId: string, body: z.output<typeof startOauthBody>): StartOauthInput {
  const { client_id, client_secret, authorize_url, token_url, ...rest } = body;
  return {
    ...rest,
    credentialId,
    clientId: client_id,
    clientSecret: client_secret,
    authorizeUrl: authorize_url,
    tokenUrl: token_url,
  } as StartOauthInput;
}

export function oauthAnswer(status: OauthStatus) {
  return {
    credential_id: status.credentialId,
    provider: status.provider,
    grant: status.grant,
    status: status.status,
    authorize_url: status.authorizeUrl,
    token_url: status.tokenUrl,
    client_id: status.clientId,
    has_client_secret: status.hasClientSecret,
    has_refresh_token: status.hasRefreshToken,
    scopes: status.scopes,
    expires_at: status.expiresAt,
    refreshed_at: status.refreshedAt,
    last_error: status.lastError,
  };
}

export function startedOauthAnswer(started: StartedOauth) {
  const { consent } = started;
  return {
    ...oauthAnswer(started),
    consent: consent && { url: consent.url, state: consent.state, expires_at: consent.expiresAt },
  };
}

import { instant, nullable, object, text, type Schema } from './shapes.ts';

const grant = { type: 'string', enum: ['authorization_code', 'client_credentials'] };

const oauth: Record<string, Schema> = {
  credential_id: text(),
  provider: text(),
  grant,
  status: { type: 'string', enum: ['pending', 'active', 'failed'] },
  authorize_url: nullable(text()),
  token_url: text(),
  client_id: text(),
  has_client_secret: { type: 'boolean' },
  has_refresh_token: { type: 'boolean' },
  scopes: text(),
  expires_at: nullable(instant),
  refreshed_at: nullable(instant),
  last_error: nullable(text('OAuth error code.')),
};

/** Shapes of credentials that get their tokens by OAuth 2. */
export const oauthSchemas: Record<string, Schema> = {
  Oauth: object(oauth),
  StartedOauth: object({
    ...oauth,
    consent: nullable(object({ url: text(), state: text(), expires_at: instant })),
  }),
  OauthStart: object(
    {
      provider: text('anthropic, google, microsoft, github, huggingface or custom.'),
      grant,
      client_id: text(),
      client_secret: text('Write-only; none for public clients.'),
      scopes: text('Separated by spaces.'),
      authorize_url: text('The provider’s own when absent.'),
      token_url: text('The provider’s own when absent.'),
    },
    ['client_secret', 'scopes', 'authorize_url', 'token_url'],
  ),
  OauthCode: object(
    { code: text('The code, code#state, or the whole address that you were sent to.'), state: text() },
    ['state'],
  ),
};

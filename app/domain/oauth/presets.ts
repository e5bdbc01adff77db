/** What providers publish about their OAuth 2 endpoints; the seller brings the client. */
export interface OauthPreset {
  name: string;
  authorizeUrl: string;
  tokenUrl: string;
  scopes: string;
  /** Public clients have no secret; PKCE stands in for it (RFC 8252). */
  publicClient: boolean;
  /** Asked for on top of the standard parameters. */
  authorizeParameters: Readonly<Record<string, string>>;
  /** Where the provider shows the code to be pasted; null: our call-back address. */
  redirectUri: string | null;
  /** Token requests are JSON and repeat the state, against RFC 6749 §4.1.3. */
  jsonTokens: boolean;
  /**
   * Scopes of a client that has access itself, at the token address of its own tenant; null: the provider
   * offers that grant to nobody.
   */
  clientScopes: string | null;
}

type Common = 'authorizeUrl' | 'tokenUrl' | 'scopes';

const preset = (name: string, values: Pick<OauthPreset, Common> & Partial<OauthPreset>): OauthPreset => ({
  publicClient: false,
  authorizeParameters: {},
  redirectUri: null,
  jsonTokens: false,
  clientScopes: null,
  ...values,
  name,
});

export const OAUTH_PRESETS: readonly OauthPreset[] = [
  preset('anthropic', {
    authorizeUrl: 'https://claude.ai/oauth/authorize',
    tokenUrl: 'https://platform.claude.com/v1/oauth/token',
    scopes: 'user:profile user:inference',
    publicClient: true,
    authorizeParameters: { code: 'true' },
    redirectUri: 'https://platform.claude.com/oauth/code/callback',
    jsonTokens: true,
  }),
  preset('google', {
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: 'https://www.googleapis.com/auth/cloud-platform',
    // Without these Google gives no refresh token, or only the first time.
    authorizeParameters: { access_type: 'offline', prompt: 'consent' },
  }),
  preset('microsoft', {
    authorizeUrl: 'https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize',
    tokenUrl: 'https://login.microsoftonline.com/organizations/oauth2/v2.0/token',
    scopes: 'https://cognitiveservices.azure.com/.default offline_access',
    // There is nothing to refresh, and neither `organizations` nor `common` is a tenant.
    clientScopes: 'https://cognitiveservices.azure.com/.default',
  }),
  preset('github', {
    authorizeUrl: 'https://github.com/login/oauth/authorize',
    tokenUrl: 'https://github.com/login/oauth/access_token',
    scopes: '',
  }),
  preset('huggingface', {
    authorizeUrl: 'https://huggingface.co/oauth/authorize',
    tokenUrl: 'https://huggingface.co/oauth/token',
    scopes: 'inference-api',
  }),
];

export const OAUTH_PROVIDERS = [
  'anthropic',
  'google',
  'microsoft',
  'github',
  'huggingface',
  'custom',
] as const;
export type OauthProvider = (typeof OAUTH_PROVIDERS)[number];

/** What is known of a provider; null for `custom`. */
export function findPreset(provider: string): OauthPreset | null {
  return OAUTH_PRESETS.find((one) => one.name === provider) ?? null;
}

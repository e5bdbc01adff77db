/** What upstreams of each dialect usually expect; forms suggest it, and `api_key` alone means it. */
import type { CredentialPlacement, DialectName } from './service-options.ts';

export type LlmDialect = Exclude<DialectName, 'raw'>;

export interface DialectDefaults {
  placement: CredentialPlacement;
  parameterName: string | null;
  baseUrl: string;
  /** Where the upstream lists its models. */
  modelsPath: string;
  /** Headers that every request of the dialect carries. */
  headers: Record<string, string>;
}

const OPENAI: DialectDefaults = {
  placement: 'bearer',
  parameterName: null,
  baseUrl: 'https://api.openai.com/v1',
  modelsPath: '/models',
  headers: {},
};

export const DIALECT_DEFAULTS: Record<LlmDialect, DialectDefaults> = {
  'openai-chat': OPENAI,
  'openai-responses': OPENAI,
  'openai-completions': OPENAI,
  anthropic: {
    placement: 'header',
    parameterName: 'x-api-key',
    baseUrl: 'https://api.anthropic.com',
    modelsPath: '/v1/models',
    headers: { 'anthropic-version': '2023-06-01' },
  },
  gemini: {
    placement: 'header',
    parameterName: 'x-goog-api-key',
    baseUrl: 'https://generativelanguage.googleapis.com',
    modelsPath: '/v1beta/models',
    headers: {},
  },
  azure: {
    placement: 'header',
    parameterName: 'api-key',
    baseUrl: 'https://example.openai.azure.com',
    modelsPath: '/openai/models',
    headers: {},
  },
};

/** `modelsPath` behind a base URL, which may end in the API's version already. */
export function modelsPathFor(dialect: LlmDialect, baseUrl: string): string {
  const { modelsPath } = DIALECT_DEFAULTS[dialect];
  const version = modelsPath.slice(0, modelsPath.lastIndexOf('/'));
  return version !== '' && baseUrl.endsWith(version) ? modelsPath.slice(version.length) : modelsPath;
}

/** What upstreams of each dialect usually expect; forms suggest it, and `api_key` alone means it. */
import type { CredentialPlacement, DialectName } from './service-options.ts';

export type LlmDialect = Exclude<DialectName, 'raw'>;

export interface DialectDefaults {
  /** What its makers call it, in every language. */
  name: string;
  placement: CredentialPlacement;
  parameterName: string | null;
  baseUrl: string;
  /** Where the upstream lists its models. */
  modelsPath: string;
  /** Headers that every request of the dialect carries. */
  headers: Record<string, string>;
}

const OPENAI = {
  placement: 'bearer',
  parameterName: null,
  baseUrl: 'https://api.openai.com/v1',
  modelsPath: '/models',
  headers: {},
} satisfies Omit<DialectDefaults, 'name'>;

export const DIALECT_DEFAULTS: Record<LlmDialect, DialectDefaults> = {
  'openai-chat': { name: 'OpenAI Chat Completions', ...OPENAI },
  'openai-responses': { name: 'OpenAI Responses', ...OPENAI },
  'openai-completions': { name: 'OpenAI Completions', ...OPENAI },
  anthropic: {
    name: 'Anthropic Messages',
    placement: 'header',
    parameterName: 'x-api-key',
    baseUrl: 'https://api.anthropic.com',
    modelsPath: '/v1/models',
    headers: { 'anthropic-version': '2023-06-01' },
  },
  gemini: {
    name: 'Google Gemini',
    placement: 'header',
    parameterName: 'x-goog-api-key',
    baseUrl: 'https://generativelanguage.googleapis.com',
    modelsPath: '/v1beta/models',
    headers: {},
  },
  azure: {
    name: 'Azure OpenAI',
    placement: 'header',
    parameterName: 'api-key',
    baseUrl: 'https://example.openai.azure.com',
    modelsPath: '/openai/models',
    headers: {},
  },
};

/** What to call a dialect; null for REST. */
export function dialectName(dialect: DialectName): string | null {
  return dialect === 'raw' ? null : DIALECT_DEFAULTS[dialect].name;
}

/** Choices of a form. */
export const DIALECT_OPTIONS = Object.entries(DIALECT_DEFAULTS).map(([value, { name }]) => ({
  value,
  label: name,
}));

/** `modelsPath` behind a base URL, which may end in the API's version already. */
export function modelsPathFor(dialect: LlmDialect, baseUrl: string): string {
  const { modelsPath } = DIALECT_DEFAULTS[dialect];
  const version = modelsPath.slice(0, modelsPath.lastIndexOf('/'));
  return version !== '' && baseUrl.endsWith(version) ? modelsPath.slice(version.length) : modelsPath;
}

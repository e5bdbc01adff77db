import { DIALECT_DEFAULTS, type LlmDialect } from '../../lib/dialect-defaults.ts';
import type { CredentialInput } from '../services/index.ts';

/** An API key where upstreams of this dialect expect it; without one nothing is sent. */
export function credentialFor(dialect: LlmDialect, apiKey: string | null | undefined): CredentialInput {
  if (apiKey === null) return { placement: 'none' };
  const { placement, parameterName } = DIALECT_DEFAULTS[dialect];
  return {
    placement,
    ...(parameterName !== null && { parameterName }),
    ...(apiKey !== undefined && { secret: apiKey }),
  };
}

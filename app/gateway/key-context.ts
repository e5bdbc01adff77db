import type { OrganizationContext } from '../domain/context.ts';
import type { Call } from './call.ts';

/** What domain verbs need to act for the buyer whose key the call carries. */
export function keyContext({ parts, principal }: Call): OrganizationContext {
  const { keyId, organizationId } = principal!;
  return {
    db: parts.db,
    clock: parts.clock,
    keyring: parts.keyring,
    actor: { type: 'key', keyId, organizationId },
  };
}

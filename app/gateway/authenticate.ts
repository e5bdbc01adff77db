import { AppError } from '../lib/app-error.ts';
import { hashKey, isWellFormedKey } from '../lib/key-format.ts';
import type { Call } from './call.ts';
import type { KnownPrincipal } from './snapshot.ts';

/** Stage 2: whose key this is. A mistyped key is refused by its checksum, before any look-up. */
export function authenticate(call: Call): void | Promise<void> {
  const key = call.presentedKey;
  if (key === null) {
    throw new AppError('invalid_api_key', 'Send your key, for example as "Authorization: Bearer tg_live_…".');
  }
  if (!isWellFormedKey(key)) throw unknownKey();
  const { snapshot, config } = call.parts;
  const hash = hashKey(key, config.secrets.keyPepper).toString('base64url');
  const principal = snapshot.principals.peek(hash);
  if (principal === undefined) {
    return snapshot.principals.load(hash).then((loaded) => accept(call, loaded));
  }
  accept(call, principal);
}

function accept(call: Call, principal: KnownPrincipal | null): void {
  if (principal === null || principal.keyStatus !== 'active') throw unknownKey();
  const nowMs = call.parts.clock.now() + principal.clockOffsetMs;
  if (principal.keyExpiresAtMs !== null && principal.keyExpiresAtMs <= nowMs) {
    throw new AppError('invalid_api_key', 'This key has expired. Make a new one.');
  }
  call.principal = principal;
}

function unknownKey(): AppError {
  return new AppError(
    'invalid_api_key',
    'This key is not valid. Check that you copied all of it, or make a new one.',
  );
}

import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { ENVIRONMENT_KEY, type KnownPrincipal } from './snapshot.ts';

/** Stage 2: whose key this is. A mistyped key is refused by its checksum, before any look-up. */
export function authenticate(call: Call): void | Promise<void> {
  const key = call.presentedKey;
  if (key === null) {
    throw new AppError('invalid_api_key', 'Send your key, for example as "Authorization: Bearer tg_live_…".');
  }
  const { snapshot } = call.parts;
  const entry = snapshotEntry(call, key);
  if (entry === null) throw unknownKey();
  const principal = snapshot.principals.peek(entry);
  if (principal === undefined) {
    return snapshot.principals.load(entry).then((loaded) => accept(call, loaded));
  }
  accept(call, principal);
}

/** Where the snapshot has the key's principal; null: it cannot be a key. */
function snapshotEntry({ parts }: Call, key: string): string | null {
  const entry = parts.keyEntries.of(key);
  if (entry !== null) return entry;
  const id = parts.environmentKeys.idOf(key);
  return id && ENVIRONMENT_KEY + id;
}

function accept(call: Call, principal: KnownPrincipal | null): void {
  if (principal === null || principal.keyStatus === 'revoked') throw unknownKey();
  if (principal.keyStatus === 'disabled') {
    throw new AppError('invalid_api_key', 'This key is disabled. Enable it, or use another one.');
  }
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

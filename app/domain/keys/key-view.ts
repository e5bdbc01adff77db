import type { Key } from '../../../db/schema/index.ts';

/** A key as its owner sees it: everything but the hash. */
export interface KeyView extends Omit<Key, 'hash'> {
  /** `expired` once `expiresAt` has passed, whatever the row's status. */
  state: 'active' | 'disabled' | 'expired' | 'revoked';
}

/** Takes the hash off, so that it cannot reach a page or an answer. */
export function toKeyView({ hash: _hash, ...key }: Key, nowMs: number): KeyView {
  const expired = key.expiresAt !== null && key.expiresAt.getTime() <= nowMs;
  return { ...key, state: key.status === 'revoked' ? 'revoked' : expired ? 'expired' : key.status };
}

/**
 * Encryption at rest. An envelope is `v1.<key id>.<nonce>.<ciphertext>.<tag>` (base64url), AES-256-GCM
 * with a random 96-bit nonce (NIST SP 800-38D §8.2.2). The additional data binds it to its row, so
 * that an envelope copied to another row does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from './config-secrets.ts';

export interface Keyring {
  /** @param context names the row and field, e.g. `credential:crd_…`. */
  seal(plaintext: string, context: string): string;
  /** @throws Error when the envelope was changed, belongs elsewhere, or its key is gone. */
  open(envelope: string, context: string): string;
  /** True when the envelope should be sealed again because its key is no longer the first. */
  isOutdated(envelope: string): boolean;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Only the one canonical spelling of a part decodes, so that no changed envelope opens. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw new Error('unreadable envelope');
  return bytes;
}

export function createKeyring(keys: EncryptionKey[]): Keyring {
  const current = keys[0];
  if (!current) throw new Error('the keyring needs at least one key');
  return {
    seal(plaintext, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.bytes, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      const parts = [nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
      return `v1.${current.id}.${parts.join('.')}`;
    },
    open(envelope, context) {
      const [version, keyId, nonce, ciphertext, tag, ...rest] = envelope.split('.');
      const key = keys.find((candidate) => candidate.id === keyId);
      if (version !== 'v1' || !key || !nonce || ciphertext === undefined || !tag || rest.length > 0) {
        throw new Error('unreadable envelope');
      }
      const [nonceBytes, ciphertextBytes, tagBytes] = [decode(nonce), decode(ciphertext), decode(tag)];
      if (nonceBytes.length !== NONCE_BYTES || tagBytes.length !== TAG_BYTES)
        throw new Error('unreadable envelope');
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonceBytes)
        .setAAD(Buffer.from(context))
        .setAuthTag(tagBytes);
      return Buffer.concat([decipher.update(ciphertextBytes), decipher.final()]).toString('utf8');
    },
    isOutdated: (envelope) => envelope.split('.')[1] !== current.id,
  };
}

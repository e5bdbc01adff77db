/** Secrets as the environment writes them: formats, and samples that anyone can read. */

export interface EncryptionKey {
  /** Short name stored in every envelope, so that keys can be rotated. */
  id: string;
  /** 32 bytes. */
  bytes: Buffer;
}

const SAMPLES = [
  'your-super-secret-jwt-key',
  'your-32-byte-long-encryption-key',
  'your-jwt-secret-key',
  'your-secret-key-here',
  'admin123',
  'password',
  'changeme',
  'change-me',
  'secret',
];

/** True for secrets printed in documentation, ours or the reference systems'. */
export function isPublishedSample(value: string): boolean {
  const plain = value.toLowerCase();
  return SAMPLES.includes(plain) || /change[-_ ]?me|your[-_ ].*(secret|key|password)|^(.)\2+$/.test(plain);
}

function decodeKey(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  const decoded = Buffer.from(text, 'base64');
  if (decoded.length === 32 && /^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return decoded;
  // The reference systems give 32 plain characters.
  const plain = Buffer.from(text, 'utf8');
  return plain.length === 32 ? plain : null;
}

/**
 * Parses `ENCRYPTION_KEY`: one key, or a comma-separated `id:key` list whose first entry encrypts
 * while the others only decrypt. A key is 32 bytes in base64, hex or plain characters.
 */
export function parseEncryptionKeys(text: string, problems: string[]): EncryptionKey[] {
  const keys: EncryptionKey[] = [];
  for (const entry of text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)) {
    const [, id = 'k1', encoded = entry] = /^([a-z0-9]{1,16}):(.+)$/i.exec(entry) ?? [];
    const bytes = decodeKey(encoded);
    if (!bytes)
      problems.push(`ENCRYPTION_KEY: key "${id}" is not 32 bytes in base64, hex or plain characters`);
    else if (keys.some((key) => key.id === id)) problems.push(`ENCRYPTION_KEY: key id "${id}" stands twice`);
    else keys.push({ id, bytes });
  }
  return keys;
}

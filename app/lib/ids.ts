/**
 * Prefixed text ids. The part behind the prefix is a ULID (https://github.com/ulid/spec) in lower
 * case: 48 bits of milliseconds, 80 bits of randomness, so ids sort by time and PostgreSQL can
 * partition usage events by request id.
 */
import { randomFillSync } from 'node:crypto';

export const ID_PREFIXES = {
  user: 'usr',
  organization: 'org',
  session: 'ses',
  service: 'svc',
  upstream: 'ups',
  credential: 'crd',
  plan: 'pln',
  priceVersion: 'prv',
  subscription: 'sub',
  key: 'key',
  request: 'req',
  ledgerAccount: 'lac',
  ledgerTransaction: 'ltx',
  checkout: 'chk',
  mail: 'mail',
  auditEvent: 'aud',
  invoice: 'inv',
  endpoint: 'ept',
  conversation: 'cnv',
  message: 'msg',
  egressPool: 'epl',
  egressProxy: 'epx',
  planInvitation: 'piv',
  budget: 'bgt',
  promotionalCredit: 'pcr',
  redeemCode: 'rdc',
  stripeOperation: 'sop',
  invoiceLine: 'inl',
  invoiceAdjustment: 'adj',
  creditNote: 'crn',
  taxRate: 'txr',
  payout: 'pyo',
  refund: 'rfd',
  dispute: 'dsp',
  signingKey: 'sgn',
  allowance: 'alw',
} as const;

export type IdNoun = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const POOL_BYTES = 16 * 1024;
const RANDOM_CHARS = 16;

/** Encodes milliseconds since the epoch as the ten leading ULID characters. */
export function encodeUlidTime(epochMs: number): string {
  let text = '';
  let rest = epochMs;
  for (let i = 0; i < 10; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Makes ids; one per process part, so that no module keeps mutable state of its own. */
export function createIdGenerator(now: () => number = Date.now): (noun: IdNoun) => string {
  /** Random characters, ready to be cut from: appending them one by one costs more than all the rest. */
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = -1;
  let timePart = '';
  return (noun) => {
    if (used + RANDOM_CHARS > POOL_BYTES) {
      randomFillSync(pool);
      for (let i = 0; i < POOL_BYTES; i++) pool[i] = ALPHABET.charCodeAt(pool[i]! & 31);
      used = 0;
    }
    const ms = now();
    if (ms !== lastMs) {
      lastMs = ms;
      timePart = encodeUlidTime(ms);
    }
    const from = used;
    used += RANDOM_CHARS;
    return `${ID_PREFIXES[noun]}_${timePart}${pool.toString('latin1', from, used)}`;
  };
}

/** One id, for places that make few: `newId('service')` → `svc_01k…`. */
export function newId(noun: IdNoun): string {
  const random = randomFillSync(Buffer.allocUnsafe(RANDOM_CHARS));
  let text = `${ID_PREFIXES[noun]}_${encodeUlidTime(Date.now())}`;
  for (const byte of random) text += ALPHABET[byte & 31];
  return text;
}

/** True when `text` has the shape of an id of this noun. */
export function isId(noun: IdNoun, text: string): boolean {
  return new RegExp(`^${ID_PREFIXES[noun]}_[0-9a-hjkmnp-tv-z]{26}$`).test(text);
}

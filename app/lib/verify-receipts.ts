/**
 * Checks receipts without us: signature, canonical form, sums, and that the receipts of a key are a
 * chain without gaps. The format is docs/receipts.md; all that is needed is the public keys.
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { toCanonicalJson, type Json } from './canonical-json.ts';

export const RECEIPT_TYPE = 'tollgate.receipt/1';

/** A receipt as it is handed out: the text that is signed, and its signature. */
export interface SignedReceipt {
  /** Canonical JSON (RFC 8785), exactly as signed. */
  payload: string;
  /** SHA-256 of the payload, hex. */
  hash: string;
  signing_key_id: string;
  /** Ed25519 over the bytes of the payload, base64url. */
  signature: string;
}

/** RFC 8037. */
export interface ReceiptJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  kid: string;
  x: string;
}

export type ReceiptProblem =
  | 'unreadable'
  | 'not_canonical'
  | 'wrong_type'
  | 'wrong_hash'
  | 'unknown_signing_key'
  | 'bad_signature'
  | 'wrong_sum'
  | 'duplicate'
  | 'gap'
  | 'broken_chain';

export interface ReceiptChain {
  keyId: string;
  firstSequence: number;
  lastSequence: number;
  receipts: number;
  chargeNanos: bigint;
}

export interface ReceiptsVerdict {
  ok: boolean;
  receipts: number;
  chargeNanos: bigint;
  chains: ReceiptChain[];
  problems: { code: ReceiptProblem; /** From 1. */ line: number; requestId: string | null }[];
}

interface Facts {
  line: number;
  requestId: string;
  keyId: string;
  sequence: number;
  previousHash: string | null;
  hash: string;
  chargeNanos: bigint;
}

const NANOS = /^-?\d{1,19}$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One receipt, a list of them, or one on each line. */
export function readReceipts(text: string): unknown[] {
  const whole = parse(text);
  if (Array.isArray(whole)) return whole;
  if (whole !== undefined) return [whole];
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(parse);
}

/** The published keys: `{ "keys": [...] }`. */
export function readReceiptKeys(text: string): Map<string, KeyObject> | null {
  const set = parse(text);
  if (!isObject(set) || !Array.isArray(set['keys'])) return null;
  const keys = new Map<string, KeyObject>();
  for (const jwk of set['keys']) {
    if (
      !isObject(jwk) ||
      jwk['crv'] !== 'Ed25519' ||
      typeof jwk['kid'] !== 'string' ||
      typeof jwk['x'] !== 'string'
    )
      continue;
    try {
      keys.set(
        jwk['kid'],
        createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk['x'] }, format: 'jwk' }),
      );
    } catch {
      // A key that is none verifies nothing.
    }
  }
  return keys;
}

/** @param options `partial`: receipts may be missing in between, as in what a seller has of a buyer's key. */
export function verifyReceipts(
  receipts: readonly unknown[],
  keys: ReadonlyMap<string, KeyObject>,
  options: { partial?: boolean } = {},
): ReceiptsVerdict {
  const problems: ReceiptsVerdict['problems'] = [];
  const facts: Facts[] = [];
  for (const [index, receipt] of receipts.entries()) {
    const line = index + 1;
    const [found, codes] = checkOne(receipt, keys, line);
    for (const code of codes) problems.push({ code, line, requestId: found?.requestId ?? null });
    if (found) facts.push(found);
  }
  const chains = [...Map.groupBy(facts, ({ keyId }) => keyId)].map(([keyId, chain]) => {
    const sorted = chain.sort((a, b) => a.sequence - b.sequence || a.line - b.line);
    for (const [index, receipt] of sorted.entries()) {
      const code = linkProblem(sorted[index - 1], receipt);
      if (code && !(code === 'gap' && options.partial))
        problems.push({ code, line: receipt.line, requestId: receipt.requestId });
    }
    return {
      keyId,
      firstSequence: sorted[0]?.sequence ?? 0,
      lastSequence: sorted.at(-1)?.sequence ?? 0,
      receipts: sorted.length,
      chargeNanos: sumOf(sorted),
    };
  });
  problems.sort((a, b) => a.line - b.line);
  return {
    ok: problems.length === 0 && facts.length > 0,
    receipts: receipts.length,
    chargeNanos: sumOf(facts),
    chains,
    problems,
  };
}

function sumOf(facts: readonly Facts[]): bigint {
  return facts.reduce((sum, { chargeNanos }) => sum + chargeNanos, 0n);
}

function checkOne(
  receipt: unknown,
  keys: ReadonlyMap<string, KeyObject>,
  line: number,
): [Facts | null, ReceiptProblem[]] {
  if (!isObject(receipt)) return [null, ['unreadable']];
  const { payload, hash, signature, signing_key_id: signingKeyId } = receipt;
  if (typeof payload !== 'string' || typeof signature !== 'string' || typeof hash !== 'string')
    return [null, ['unreadable']];
  const content = parse(payload);
  const facts = isObject(content) ? readFacts(content, payload, line) : null;
  if (!isObject(content) || !facts) return [null, ['unreadable']];
  const codes: ReceiptProblem[] = [];
  if (content['type'] !== RECEIPT_TYPE) codes.push('wrong_type');
  if (!isCanonical(content as Json, payload)) codes.push('not_canonical');
  if (hash !== facts.hash) codes.push('wrong_hash');
  // The payload names its key, so that a signature cannot be said to be another key's.
  const key =
    signingKeyId === content['signing_key_id'] && typeof signingKeyId === 'string'
      ? keys.get(signingKeyId)
      : undefined;
  if (!key) codes.push('unknown_signing_key');
  else if (!isSigned(payload, signature, key)) codes.push('bad_signature');
  if (!addsUp(content, facts.chargeNanos)) codes.push('wrong_sum');
  return [facts, codes];
}

function isCanonical(content: Json, payload: string): boolean {
  try {
    return toCanonicalJson(content) === payload;
  } catch {
    return false;
  }
}

function isSigned(payload: string, signature: string, key: KeyObject): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  // Only the one spelling of a signature counts.
  return bytes.toString('base64url') === signature && verify(null, Buffer.from(payload, 'utf8'), key, bytes);
}

function readFacts(content: Record<string, unknown>, payload: string, line: number): Facts | null {
  const {
    request_id: requestId,
    key_id: keyId,
    sequence,
    previous_hash: previousHash,
    charge_nanos: charge,
  } = content;
  if (typeof requestId !== 'string' || typeof keyId !== 'string' || typeof charge !== 'string') return null;
  if (!NANOS.test(charge) || typeof sequence !== 'number' || !Number.isSafeInteger(sequence)) return null;
  if (previousHash !== null && typeof previousHash !== 'string') return null;
  const hash = createHash('sha256').update(payload, 'utf8').digest('hex');
  return { line, requestId, keyId, sequence, previousHash, hash, chargeNanos: BigInt(charge) };
}

/** The lines and what paid add up to the charge. */
function addsUp({ lines, paid_from: paidFrom }: Record<string, unknown>, chargeNanos: bigint): boolean {
  const sum = (amounts: unknown[]) =>
    amounts.reduce<bigint | null>(
      (total, amount) =>
        total === null || typeof amount !== 'string' || !NANOS.test(amount) ? null : total + BigInt(amount),
      0n,
    );
  if (!isObject(paidFrom) || sum(Object.values(paidFrom)) !== chargeNanos) return false;
  if (lines === null) return true;
  return (
    Array.isArray(lines) &&
    sum(lines.map((line) => (isObject(line) ? line['amount_nanos'] : null))) === chargeNanos
  );
}

/** What is wrong between a receipt and the one before it, of those that were given. */
function linkProblem(previous: Facts | undefined, receipt: Facts): ReceiptProblem | null {
  if ((receipt.sequence === 1) !== (receipt.previousHash === null) || receipt.sequence < 1)
    return 'broken_chain';
  if (!previous) return null;
  if (previous.sequence === receipt.sequence) return 'duplicate';
  if (previous.sequence + 1 !== receipt.sequence) return 'gap';
  return previous.hash === receipt.previousHash ? null : 'broken_chain';
}

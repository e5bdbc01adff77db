import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { asc, desc, isNull, sql } from 'drizzle-orm';
import { signingKeys } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import type { ReceiptJwk } from '../../lib/verify-receipts.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';

type KeyContext = Pick<Context, 'db' | 'keyring'>;

export interface Signer {
  id: string;
  privateKey: KeyObject;
}

const envelopeContext = (id: string) => `signing_key:${id}`;

/** The key that receipts are signed with now; made on first use. */
export async function getSigner(ctx: KeyContext): Promise<Signer> {
  return (await findSigner(ctx)) ?? withTransaction(ctx, (tx) => makeSigner(tx, { replace: false }));
}

/** A new key for receipts from now on; the old one stays published, so that older receipts verify. */
export async function rotateSigningKey(ctx: Context): Promise<{ id: string }> {
  requireSystem(ctx);
  const { id } = await withTransaction(ctx, (tx) => makeSigner(tx, { replace: true }));
  return { id };
}

async function findSigner({ db, keyring }: KeyContext): Promise<Signer | null> {
  const [row] = await db
    .select()
    .from(signingKeys)
    .where(isNull(signingKeys.retiredAt))
    .orderBy(desc(signingKeys.createdAt), desc(signingKeys.id))
    .limit(1);
  if (!row) return null;
  const d = keyring.open(row.privateKeyEnvelope, envelopeContext(row.id));
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: row.publicKey, d };
  return { id: row.id, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) };
}

async function makeSigner(tx: KeyContext, { replace }: { replace: boolean }): Promise<Signer> {
  // Two processes that need the first key at once make one.
  await tx.db.execute(sql`select pg_advisory_xact_lock(hashtext('signing_keys'))`);
  const existing = await findSigner(tx);
  if (existing && !replace) return existing;
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' });
  const id = newId('signingKey');
  await tx.db
    .update(signingKeys)
    .set({ retiredAt: sql`now()` })
    .where(isNull(signingKeys.retiredAt));
  await tx.db.insert(signingKeys).values({
    id,
    publicKey: x!,
    privateKeyEnvelope: tx.keyring.seal(d!, envelopeContext(id)),
  });
  return { id, privateKey };
}

export interface PublishedReceiptKey extends ReceiptJwk {
  alg: 'EdDSA';
  use: 'sig';
  created_at: Date;
  /** No receipt is signed with it any more. */
  retired_at: Date | null;
}

/** All public keys there ever were, for anybody, as a JSON Web Key Set (RFC 7517, RFC 8037). */
export async function listReceiptKeys({ db }: Pick<Context, 'db'>): Promise<{ keys: PublishedReceiptKey[] }> {
  const rows = await db
    .select({
      id: signingKeys.id,
      x: signingKeys.publicKey,
      createdAt: signingKeys.createdAt,
      retiredAt: signingKeys.retiredAt,
    })
    .from(signingKeys)
    .orderBy(asc(signingKeys.createdAt), asc(signingKeys.id));
  return {
    keys: rows.map(({ id, x, createdAt, retiredAt }) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      alg: 'EdDSA',
      use: 'sig',
      kid: id,
      x,
      created_at: createdAt,
      retired_at: retiredAt,
    })),
  };
}

/** Every charged call has one signed receipt; a key's receipts are a chain that anybody can check. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import {
  getReceipt,
  issueReceipts,
  listReceiptKeys,
  listReceipts,
  rotateSigningKey,
} from '../../app/domain/receipts/index.ts';
import { createKeyring } from '../../app/infra/keyring.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  readReceiptKeys,
  readReceipts,
  verifyReceipts,
  type SignedReceipt,
} from '../../app/lib/verify-receipts.ts';
import { createDatabase, type Database } from '../../db/client.ts';
import { PROGRAM_ROLE } from '../../db/program-role.ts';
import type { UsageEvent } from '../../db/schema/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertUsageEvent } from '../support/usage-events.ts';

let testDatabase: TestDatabase;
/** Two processes on one database. */
let databases: [Database, Database];
let buyer: string;
let seller: string;
let keyId: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const open = () =>
    createDatabase({ url: testDatabase.url, poolSize: 4, applicationName: 'receipts', role: PROGRAM_ROLE });
  databases = [open(), open()];
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await testDatabase.close();
});
beforeEach(() => {
  buyer = newId('organization');
  seller = newId('organization');
  keyId = newId('key');
});

const keyring = createKeyring([{ id: 'k1', bytes: Buffer.alloc(32, 7) }]);
const contextOf = (actor: Context['actor'], process = 0) =>
  ({ db: databases[process]!.db, keyring, actor }) as Context;
const system = (process = 0) => contextOf({ type: 'system', job: 'test' }, process);
const member = (organizationId: string) =>
  contextOf({ type: 'user', userId: 'usr_1', organizationId, role: 'owner', isPlatformAdmin: false });

function record(chargeNanos: bigint, more: Partial<UsageEvent> = {}): Promise<string> {
  return insertUsageEvent(databases[0].db, {
    organizationId: buyer,
    sellerOrganizationId: seller,
    keyId,
    occurredAt: new Date(),
    chargeNanos,
    feeNanos: chargeNanos / 5n,
    ...more,
  });
}

const publicKeys = async () => readReceiptKeys(JSON.stringify(await listReceiptKeys(system())))!;
const payloadOf = (receipt: SignedReceipt) => JSON.parse(receipt.payload) as Record<string, unknown>;

describe('receipts', () => {
  it('are one for each charged call, none for free ones, and verify as a chain with the sum of the charges', async () => {
    for (let index = 1; index <= 12; index++) await record(BigInt(index));
    await record(0n);
    await issueReceipts(system());
    const receipts = await listReceipts(member(buyer), {});
    const verdict = verifyReceipts(receipts, await publicKeys());
    expect(verdict).toMatchObject({ ok: true, receipts: 12, chargeNanos: 78n, problems: [] });
    expect(verdict.chains).toEqual([
      { keyId, firstSequence: 1, lastSequence: 12, receipts: 12, chargeNanos: 78n },
    ]);
    expect(await issueReceipts(system())).toEqual({ issued: 0 });
  });

  it('are issued once when two processes work at the same time, and chains stay whole', async () => {
    const keys = [keyId, newId('key'), newId('key')];
    for (let index = 0; index < 90; index++) await record(7n, { keyId: keys[index % 3] });
    await Promise.all([
      issueReceipts(system(0)),
      issueReceipts(system(1)),
      issueReceipts(system(0)),
      issueReceipts(system(1)),
    ]);
    const verdict = verifyReceipts(await listReceipts(member(buyer), {}), await publicKeys());
    expect(verdict).toMatchObject({ ok: true, receipts: 90, chargeNanos: 630n });
    expect(verdict.chains.map(({ lastSequence }) => lastSequence)).toEqual([30, 30, 30]);
  });

  it('say what the call used, what it cost by which price, and what paid', async () => {
    const requestId = await record(100n, {
      model: 'gpt-x',
      servedModel: 'gpt-x-2026',
      inputTokens: 20,
      outputTokens: 5,
      promoNanos: 30n,
      creditNanos: 20n,
      attempts: 2,
      usageSource: 'upstream',
      lines: [
        { meter: 'input_token', model: 'gpt-x', quantity: 20, nanosPerMillion: '4000000', amountNanos: '80' },
        { meter: 'output_token', quantity: 3, included: 2, nanosPerMillion: '10000000', amountNanos: '30' },
        { meter: 'adjustment', quantity: 1, nanosPerMillion: '0', amountNanos: '-10' },
      ],
    });
    const receipt = await getReceipt(member(buyer), { requestId });
    expect(payloadOf(receipt)).toMatchObject({
      type: 'tollgate.receipt/1',
      request_id: requestId,
      key_id: keyId,
      buyer_id: buyer,
      seller_id: seller,
      price_version_id: 'prv_test',
      model: 'gpt-x',
      served_model: 'gpt-x-2026',
      quantities: { input_tokens: 20, output_tokens: 5 },
      charge_nanos: '100',
      paid_from: { wallet: '50', promotional_credit: '30', invoiced_credit: '20' },
      attempts: 2,
      terminal_state: 'complete',
      usage_source: 'upstream',
      sequence: 1,
      previous_hash: null,
    });
    expect(receipt.payload).not.toContain('fee');
    expect(verifyReceipts([receipt], await publicKeys()).ok).toBe(true);
  });

  it('are the same bytes for buyer and seller, and nothing for anybody else', async () => {
    const requestId = await record(5n);
    const mine = await getReceipt(member(buyer), { requestId });
    expect(await getReceipt(member(seller), { requestId })).toEqual(mine);
    expect(await listReceipts(member(seller), { perspective: 'seller' })).toEqual([mine]);
    for (const perspective of ['buyer', 'seller'] as const) {
      expect(await listReceipts(member(newId('organization')), { perspective })).toEqual([]);
    }
    await expect(getReceipt(member(newId('organization')), { requestId })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(getReceipt(member(buyer), { requestId: await record(0n) })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are there when they are asked for, also for calls older than the last run of the job', async () => {
    await issueReceipts(system());
    const old = await record(3n, { occurredAt: new Date(Date.now() - 3_600_000) });
    expect(await issueReceipts(system())).toEqual({ issued: 0 });
    const [first, second] = await Promise.all([
      getReceipt(member(buyer), { requestId: old }),
      getReceipt(member(seller), { requestId: old }),
    ]);
    expect(first).toEqual(second);
  });

  it('are in an export, also those that the job has not come to', async () => {
    await record(3n);
    expect(await listReceipts(member(seller), { perspective: 'seller' })).toHaveLength(1);
    await record(4n);
    const verdict = verifyReceipts(await listReceipts(member(buyer), {}), await publicKeys());
    expect(verdict).toMatchObject({ ok: true, receipts: 2, chargeNanos: 7n });
  });

  it('take in what was recorded a little before the last run and committed after it', async () => {
    await issueReceipts(system());
    const late = await record(3n, { occurredAt: new Date(Date.now() - 60_000) });
    expect(await issueReceipts(system())).toEqual({ issued: 1 });
    expect((await listReceipts(member(buyer), {})).map((one) => payloadOf(one)['request_id'])).toEqual([
      late,
    ]);
  });

  it('verify after the signing key was changed, each with the key of its time', async () => {
    const before = await record(1n);
    await getReceipt(member(buyer), { requestId: before });
    await rotateSigningKey(system());
    await record(2n);
    await issueReceipts(system());
    const receipts = await listReceipts(member(buyer), {});
    expect(new Set(receipts.map((one) => one.signing_key_id)).size).toBe(2);
    expect(verifyReceipts(receipts, await publicKeys())).toMatchObject({
      ok: true,
      receipts: 2,
      chargeNanos: 3n,
    });
    const { keys } = await listReceiptKeys(system());
    expect(keys.filter((key) => key.retired_at === null)).toHaveLength(1);
    expect(JSON.stringify(keys)).not.toContain('"d"');
    await expect(rotateSigningKey(member(buyer))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(issueReceipts(member(buyer))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('keep the private key sealed', async () => {
    await record(1n);
    await issueReceipts(system());
    const rows = await databases[0].db.execute<{ public_key: string; private_key_envelope: string }>(
      sql`select public_key, private_key_envelope from signing_keys`,
    );
    for (const row of rows) expect(row.private_key_envelope).toMatch(/^v1\.k1\./);
  });

  it('cannot be changed or removed in the database', async () => {
    await record(1n);
    await issueReceipts(system());
    await expect(
      databases[0].db.execute(sql`update receipts set payload = '{}' where key_id = ${keyId}`),
    ).rejects.toThrow();
    await expect(
      databases[0].db.execute(sql`delete from receipts where key_id = ${keyId}`),
    ).rejects.toThrow();
  });
});

describe('a verifier', () => {
  async function chain(length: number): Promise<SignedReceipt[]> {
    for (let index = 0; index < length; index++) await record(13n, { keyId });
    await issueReceipts(system());
    return listReceipts(member(buyer), {});
  }

  it('needs nothing of ours: the documented steps by hand', async () => {
    const [first, second] = await chain(2);
    const { keys } = await listReceiptKeys(system());
    const jwk = keys.find(({ kid }) => kid === second!.signing_key_id)!;
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' });
    expect(verify(null, Buffer.from(second!.payload), key, Buffer.from(second!.signature, 'base64url'))).toBe(
      true,
    );
    expect(payloadOf(second!)['previous_hash']).toBe(
      createHash('sha256').update(first!.payload).digest('hex'),
    );
  });

  it('refuses a receipt of which any one byte is another', async () => {
    const [receipt] = await chain(1);
    const keys = await publicKeys();
    const text = JSON.stringify(receipt);
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      expect([at, verifyReceipts(readReceipts(changed), keys).ok]).toEqual([at, false]);
    }
  });

  it.each([
    ['a receipt is missing', (list: SignedReceipt[]) => list.filter((_, index) => index !== 2), 'gap'],
    ['a receipt is there twice', (list: SignedReceipt[]) => [...list, list[1]!], 'duplicate'],
    ['nothing is there', () => [], null],
    ['the hash is another', (list: SignedReceipt[]) => [{ ...list[0]!, hash: list[1]!.hash }], 'wrong_hash'],
    [
      'the signature is of another receipt',
      (list: SignedReceipt[]) => [{ ...list[0]!, signature: list[1]!.signature }],
      'bad_signature',
    ],
    [
      'the key is unknown',
      (list: SignedReceipt[]) => [{ ...list[0]!, signing_key_id: 'sgn_x' }],
      'unknown_signing_key',
    ],
    ['it is no receipt', () => [{ hello: 1 }], 'unreadable'],
  ])('says so when %s', async (_, change, code) => {
    const verdict = verifyReceipts(change(await chain(5)), await publicKeys());
    expect(verdict.ok).toBe(false);
    if (code) expect(verdict.problems.map((problem) => problem.code)).toContain(code);
  });

  it('takes what a seller has of a buyer’s key when told that some are missing', async () => {
    const receipts = (await chain(5)).filter((_, index) => index % 2 === 0);
    expect(verifyReceipts(receipts, await publicKeys()).ok).toBe(false);
    expect(verifyReceipts(receipts, await publicKeys(), { partial: true })).toMatchObject({
      ok: true,
      receipts: 3,
    });
  });

  it('takes a later part of a chain, and sums per key', async () => {
    const receipts = (await chain(5)).slice(2);
    expect(verifyReceipts(receipts, await publicKeys()).chains).toEqual([
      { keyId, firstSequence: 3, lastSequence: 5, receipts: 3, chargeNanos: 39n },
    ]);
  });
});

/** Another encryption key: everything is sealed with it, nothing is lost, and no call notices. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendTurn, getConversation } from '../../app/domain/conversations/index.ts';
import { addEgressProxies, createEgressPool } from '../../app/domain/egress/index.ts';
import { ENVELOPE_PLACES, resealEnvelopes } from '../../app/domain/envelopes/index.ts';
import { updateOrganization } from '../../app/domain/organizations/index.ts';
import { createKeyring, type Keyring } from '../../app/infra/keyring.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  credentials,
  idempotentAnswers,
  oauthFlows,
  oauthGrants,
  services,
  signingKeys,
} from '../../db/schema/index.ts';
import { eq } from 'drizzle-orm';
import { makeBuyer } from '../support/factories.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const oldKey = { id: 'k1', bytes: randomBytes(32) };
const newKey = { id: 'k2', bytes: randomBytes(32) };
/** As they follow each other: the new key is known everywhere before anything is sealed with it. */
const [during, after] = [createKeyring([newKey, oldKey]), createKeyring([newKey])];
const CALLS_PER_SECOND = 50;

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let caller: AddedBuyer;

beforeAll(async () => {
  upstream = await startUpstream();
  const encoded = [oldKey, newKey].map(({ id, bytes }) => `${id}:${bytes.toString('base64')}`);
  fixture = await createGatewayFixture({
    environment: { ENCRYPTION_KEY: encoded.join(','), EGRESS_ALLOW: upstream.hostAndPort },
  });
  service = await fixture.addService({
    baseUrl: upstream.url,
    credential: { placement: 'bearer', secret: 'seller-secret' },
  });
  caller = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});

const rotate = (keyring: Keyring) =>
  resealEnvelopes({ ...fixture.platform.createContext({ type: 'system', job: 'test' }), keyring });

/** One envelope in every place there is. */
async function fillPlaces(): Promise<Awaited<ReturnType<typeof makeBuyer>>> {
  const { db, keyring } = fixture.platform;
  const person = await makeBuyer(fixture.platform);
  await updateOrganization(person.ctx, { conversationRetentionDays: 7 });
  const messages = Array.from({ length: 501 }, (_, i) => ({
    role: 'user' as const,
    parts: [{ type: 'text', text: `number ${i}` }],
  }));
  await appendTurn(person.ctx, {
    ...{ conversation: 'c', messages, serviceId: null, model: null, requestId: newId('request') },
  });
  const pool = await createEgressPool(person.ctx, { name: 'p' });
  await addEgressProxies(person.ctx, { poolId: pool.id, urls: 'http://u:password@93.184.216.34:3128' });
  const { organizationId, credentialId } = service;
  await db
    .update(services)
    .set({ proxySecretEnvelope: keyring.seal('proxy secret', `proxy-secret:${service.id}`) })
    .where(eq(services.id, service.id));
  await db.insert(oauthGrants).values({
    ...{ credentialId: credentialId!, organizationId, grant: 'authorization_code', provider: 'custom' },
    ...{ tokenUrl: 'https://x.example.com/t', clientId: 'c' },
    clientSecretEnvelope: keyring.seal('client', `oauth-client:${credentialId}`),
    refreshTokenEnvelope: keyring.seal('refresh', `oauth-refresh:${credentialId}`),
  });
  const inAnHour = new Date(Date.now() + 3_600_000);
  await db.insert(oauthFlows).values({
    ...{ stateHash: randomBytes(32), organizationId, userId: newId('user'), credentialId: credentialId! },
    verifierEnvelope: keyring.seal('verifier', `oauth-verifier:${credentialId}`),
    ...{ redirectUri: 'https://x.example.com', expiresAt: inAnHour },
  });
  const id = newId('signingKey');
  await db
    .insert(signingKeys)
    .values({ id, publicKey: 'x', privateKeyEnvelope: keyring.seal('d', `signing_key:${id}`) });
  const requestId = newId('request');
  await db.insert(idempotentAnswers).values({
    ...{ organizationId: person.organizationId, keyId: 'key', idempotencyKey: 'once', requestId },
    ...{ fingerprint: randomBytes(32), state: 'done', expiresAt: inAnHour },
    bodyEnvelope: keyring.seal('body', `idempotency:${requestId}`),
  });
  return person;
}

async function envelopes(): Promise<{ column: string; envelope: string; context: string }[]> {
  const { sql } = fixture.platform.database;
  const lists = await Promise.all(
    ENVELOPE_PLACES.map(async ({ table, column, prefix, owner }) => {
      const rows = await sql<{ envelope: string; owner: string }[]>`
        select ${sql(column)} as envelope, ${sql(owner)} as owner from ${sql(table)} where ${sql(column)} is not null`;
      return rows.map((row) => ({
        ...{ column: `${table}.${column}`, envelope: row.envelope, context: `${prefix}:${row.owner}` },
      }));
    }),
  );
  return lists.flat();
}

describe('another encryption key', () => {
  it('knows every column that holds envelopes', async () => {
    const columns = await fixture.platform.database.sql<{ name: string }[]>`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and column_name like '%envelope'`;
    expect(ENVELOPE_PLACES.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(
      columns.map(({ name }) => name).sort(),
    );
  });

  it('seals everything anew under load, and the old one can go', async () => {
    const person = await fillPlaces();
    const before = await envelopes();
    expect(new Set(before.map(({ column }) => column)).size).toBe(ENVELOPE_PLACES.length);
    const plain = new Map(
      before.map(({ column, envelope, context }) => [
        `${column} ${context} ${envelope}`,
        fixture.platform.keyring.open(envelope, context),
      ]),
    );

    const answers: Promise<Response>[] = [];
    const load = setInterval(
      () => answers.push(fixture.call(`/proxy/v1/${service.slug}/x`, caller.key.secret)),
      1_000 / CALLS_PER_SECOND,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await rotate(during)).toEqual({ resealed: before.length, unreadable: [] });
    // Snapshots of the gateway are read anew while calls go on.
    await new Promise((resolve) => setTimeout(resolve, 700));
    clearInterval(load);
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.length).toBeGreaterThan(CALLS_PER_SECOND / 2);
    expect(new Set(upstream.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer seller-secret']),
    );

    const sealed = await envelopes();
    expect(sealed.filter(({ envelope }) => !envelope.startsWith('v1.k2.'))).toEqual([]);
    const texts = sealed.map(({ envelope, context }) => after.open(envelope, context));
    expect(texts.sort()).toEqual([...plain.values()].sort());
    const { messages } = await getConversation({ ...person.ctx, keyring: after }, { conversation: 'c' });
    expect(messages).toHaveLength(501);
    expect(await rotate(during)).toEqual({ resealed: 0, unreadable: [] });
  });

  it('names what does not open, and leaves it as it is', async () => {
    const foreign = createKeyring([{ id: 'k9', bytes: randomBytes(32) }]).seal('x', 'elsewhere');
    const { db } = fixture.platform;
    await db
      .update(credentials)
      .set({ secretEnvelope: foreign })
      .where(eq(credentials.id, service.credentialId!));
    expect(await rotate(during)).toEqual({
      resealed: 0,
      unreadable: [{ table: 'credentials', column: 'secret_envelope', owner: service.credentialId }],
    });
    const [row] = await db.select().from(credentials).where(eq(credentials.id, service.credentialId!));
    expect(row!.secretEnvelope).toBe(foreign);
  });
});

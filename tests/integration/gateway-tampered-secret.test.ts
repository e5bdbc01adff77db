/** A stored secret that was changed, copied or whose key is gone (row K5): nothing is sent in its place. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKeyring } from '../../app/infra/keyring.ts';
import { credentials, services } from '../../db/schema/index.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { until } from '../support/until.ts';
import { createGatewayFixture, type AddedService, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream();
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.requests.length = 0;
});

const addService = (): Promise<AddedService> =>
  fixture.addService({
    baseUrl: upstream.url,
    credential: { placement: 'bearer', secret: `secret-${randomBytes(4).toString('hex')}` },
  });
const envelopeOf = async ({ credentialId }: AddedService): Promise<string> => {
  const [row] = await fixture.platform.db.select().from(credentials).where(eq(credentials.id, credentialId!));
  return row!.secretEnvelope!;
};
const seal = (secretEnvelope: string, { credentialId }: AddedService) =>
  fixture.platform.db.update(credentials).set({ secretEnvelope }).where(eq(credentials.id, credentialId!));

/** Other than the last of its characters, which may hold bits that mean nothing. */
function flip(envelope: string, part: number): string {
  const parts = envelope.split('.');
  const text = parts[part]!;
  parts[part] = (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  return parts.join('.');
}

describe('a credential', () => {
  it.each([
    ['whose nonce was changed', (envelope: string) => flip(envelope, 2)],
    ['whose text was changed', (envelope: string) => flip(envelope, 3)],
    ['whose tag was changed', (envelope: string) => flip(envelope, 4)],
    ['whose key is gone', (envelope: string) => envelope.replace(/^v1\.[^.]+/, 'v1.gone')],
    ['that is another row’s', async () => envelopeOf(await addService())],
    ['that was sealed elsewhere', () => createKeyring([{ id: 'k1', bytes: randomBytes(32) }]).seal('x', 'y')],
    ['that is no envelope', () => 'sk-plain-text'],
  ])('%s is not sent, nor is nothing instead', async (_words, change) => {
    const service = await addService();
    const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const call = () => fixture.call(`/proxy/v1/${service.slug}/x`, buyer.key.secret);
    const envelope = await envelopeOf(service);
    expect((await call()).status).toBe(200);
    await seal(await change(envelope), service);
    await until('the change to be known', async () => (await call()).status === 503);
    upstream.requests.length = 0;
    expect((await call()).status).toBe(503);
    expect(upstream.requests).toEqual([]);
    await seal(envelope, service);
    await until('it to be in use again', async () => (await call()).status === 200);
  });
});

it('a service’s proxy secret whose key is gone is not left out', async () => {
  const service = await fixture.addService({ baseUrl: upstream.url });
  const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  const call = () => fixture.call(`/proxy/v1/${service.slug}/x`, buyer.key.secret);
  const store = (proxySecretEnvelope: string) =>
    fixture.platform.db.update(services).set({ proxySecretEnvelope }).where(eq(services.id, service.id));
  const envelope = fixture.platform.keyring.seal('only-from-us', `proxy-secret:${service.id}`);
  await store(envelope.replace(/^v1\.[^.]+/, 'v1.gone'));
  const answer = await call();
  expect([answer.status, upstream.requests]).toEqual([503, []]);
  await store(envelope);
  await until('it to be in use again', async () => (await call()).status === 200);
  expect(upstream.requests[0]!.headers['x-tollgate-proxy-secret']).toBe('only-from-us');
});

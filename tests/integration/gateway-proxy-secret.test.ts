import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { services } from '../../db/schema/index.ts';
import { startUpstream } from '../support/upstream.ts';
import { createGatewayFixture } from './gateway-fixture.ts';

it('the secret that shows a seller our calls is not shown to callers, in whatever the upstream repeats', async () => {
  const secret = 'only-calls-from-the-gateway';
  const upstream = await startUpstream((request, response) => {
    response.setHeader('x-echo', String(request.headers['x-tollgate-proxy-secret']));
    response.end(JSON.stringify(request.headers));
  });
  const fixture = await createGatewayFixture();
  try {
    const service = await fixture.addService({ baseUrl: upstream.url });
    const proxySecretEnvelope = fixture.platform.keyring.seal(secret, `proxy-secret:${service.id}`);
    await fixture.platform.database.db
      .update(services)
      .set({ proxySecretEnvelope })
      .where(eq(services.id, service.id));
    const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const answer = await fixture.call(`/proxy/v1/${service.slug}/headers`, buyer.key.secret);
    expect(upstream.requests[0]!.headers['x-tollgate-proxy-secret']).toBe(secret);
    expect(await answer.text()).not.toContain(secret);
    expect(answer.headers.get('x-echo')).toBeNull();
  } finally {
    await fixture.close();
    await upstream.close();
  }
});

/** Uploads that stream through: whatever becomes of the upstream or the caller ends one call, never the process. */
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

/** Nothing listens there. */
const DEAD = 'http://127.0.0.1:9';

let fixture: GatewayFixture;
let upstream: Upstream;
const unhandled: unknown[] = [];
const remember = (error: unknown): void => void unhandled.push(error);

beforeAll(async () => {
  process.on('uncaughtException', remember);
  fixture = await createGatewayFixture();
  upstream = await startUpstream();
});

afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
});

afterAll(async () => {
  process.off('uncaughtException', remember);
  await fixture?.close();
  await upstream?.close();
});

/** Begins an upload by hand; what is answered so far stands in `answer`. */
function begin(path: string, buyer: AddedBuyer): { socket: Socket; answer: () => string } {
  let answer = '';
  const socket = connect(Number(new URL(fixture.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${buyer.key.secret}\r\n` +
      'content-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
  );
  return { socket, answer: () => answer };
}

describe('an upload that its upstream never takes', () => {
  it('ends with an answer, and the caller may leave in the middle of it', async () => {
    const service = await fixture.addService({ baseUrl: DEAD });
    const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const { socket, answer } = begin(`/proxy/v1/${service.slug}/files`, buyer);
    await until('the answer', () => answer().includes('502'));
    socket.destroy();
    await until('the call to be over', () => fixture.gateway.activeCalls === 0);
    await fixture.waitForEvents(buyer.organizationId, 1);
  });

  it('goes whole to the next upstream, counted once', async () => {
    const service = await fixture.addService({ baseUrl: DEAD, upstream: { priority: 1, maxRetries: 2 } });
    await fixture.addUpstream(service, { baseUrl: upstream.url, priority: 2 });
    const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const { socket, answer } = begin(`/proxy/v1/${service.slug}/files`, buyer);
    const part = 'x'.repeat(64 * 1024);
    for (let sent = 0; sent < 16; sent++) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    socket.write('0\r\n\r\n');
    await until('the answer', () => answer().includes('200 OK'));
    socket.destroy();
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(Number(event!.request_bytes)).toBe(5 + 16 * part.length);
    expect(upstream.requests[0]!.body).toHaveLength(5 + 16 * part.length);
  });
});

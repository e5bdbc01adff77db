/** Request targets as raw bytes: whatever a caller writes, the seller sees only paths below its base. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_PATHS } from '../support/bad-paths.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
let key: string;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream();
  const service = await fixture.addService({
    baseUrl: `${upstream.url}/base`,
    slug: 'raw',
    kind: 'llm',
    upstream: { dialect: 'openai-chat', models: [] },
    // Nothing but the form of a target is in its way.
    options: { passOtherPaths: true },
  });
  key = (await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }))).key.secret;
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

/** The status of the answer, or 0 when the connection was closed without one. */
function ask(target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(fixture.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.once('error', reject);
    socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)));
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
      'latin1',
    );
  });
}

/** A line break ends the request line: what stands behind it is no target any more. */
const TARGETS = BAD_PATHS.filter((path) => !path.includes('\n'));
const DOORS = ['/proxy/v1/raw', '/proxy/raw', '/llm/raw'];
const FOREIGN = [
  'http://evil.example/proxy/v1/raw/x',
  'https://evil.example/llm/raw/x',
  'http://evil.example/v1/models',
  'HTTP://evil.example/v1beta/models',
  '/proxy/v1/..%2f..%2fadmin',
  '/proxy/v1/raw@evil.example/x',
  '/llm/raw:81/x',
  '/llm//raw/x',
  '/llm/%72aw/x',
  '/proxy/v1/.raw/x',
  '/v1/../proxy/v1/raw/x',
  '/v1/%2e%2e/x',
];

describe('a raw request target', () => {
  it('reaches the seller when it is a plain path', async () => {
    for (const door of DOORS) expect(await ask(`${door}/plain?x=1`)).toBe(200);
    expect(upstream.requests.map(({ url }) => url)).toEqual(DOORS.map(() => '/base/plain?x=1'));
  });

  it.each(DOORS)(`behind %s never reaches the seller in ${TARGETS.length} confusing forms`, async (door) => {
    const before = upstream.requests.length;
    for (const path of TARGETS) {
      const status = await ask(door + path);
      expect([path, status]).toEqual([path, expect.toSatisfy((one: number) => [0, 400, 404].includes(one))]);
    }
    expect(upstream.requests.slice(before).map(({ url }) => url)).toEqual([]);
  });

  it.each(FOREIGN)('%s never reaches anybody', async (target) => {
    const before = upstream.requests.length;
    expect([0, 400, 401, 404]).toContain(await ask(target));
    expect(upstream.requests).toHaveLength(before);
  });
});

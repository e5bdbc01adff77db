/** Canaries (rows K2 and K7, P-18): after hundreds of calls that go wrong, who has seen which secret. */
import { createServer, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../../app/gateway/router.ts';
import { credentials, services } from '../../db/schema/index.ts';
import { startUpstream, type RecordedRequest, type Upstream } from '../support/upstream.ts';
import { until } from '../support/until.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

const SELLER = 'sk/canary+7f3a"9c51=';
const PROXY_SECRET = 'canary-of-the-proxy-secret';
const PROMPT = 'canary-of-a-prompt';

/** How an upstream may repeat what it was sent. */
const FORMS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  percent: encodeURIComponent,
  'a form field': (text) => new URLSearchParams([['', text]]).toString().slice(1),
  'JSON of PHP': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  HTML: (text) => text.replaceAll('"', '&quot;'),
};

/** What an upstream may do with it. */
const BEHAVIOURS: Record<string, (response: ServerResponse, text: string) => void> = {
  'as an answer': (response, text) => json(response, 200, { echo: text }),
  'as text': (response, text) => void response.writeHead(200, { 'content-type': 'text/plain' }).end(text),
  'byte by byte': (response, text) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
    response.end();
  },
  'in headers': (response, text) => {
    response.writeHead(200, {
      ...{ 'x-echo': text, 'www-authenticate': text, etag: `"${text.replaceAll('"', '')}"` },
      ...{ warning: text, link: `<${text}>`, 'content-type': 'text/plain' },
    });
    response.end();
  },
  'in a redirect': (response, text) => void response.writeHead(302, { location: `/base/x?k=${text}` }).end(),
  'in events': (response, text) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: {"error":{"message":${JSON.stringify(text)}}}\n\n`);
    response.write(`data: ${text.slice(0, 9)}`);
    response.end(`${text.slice(9)}\n\n`);
  },
  'in half an answer': (response, text) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
    response.write(`{"echo":"${text}`, () => response.destroy());
  },
  ...Object.fromEntries(
    [400, 401, 402, 403, 404, 409, 422, 429, 500, 503].map((status) => [
      `with ${status}`,
      (response: ServerResponse, text: string) =>
        json(response, status, { error: { message: `bad key ${text}`, type: text, code: text } }),
    ]),
  ),
};

function json(response: ServerResponse, status: number, body: unknown): void {
  // A 429 would keep the next calls away from the upstream.
  const headers = { 'content-type': 'application/json', 'retry-after': '0' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

let fixture: GatewayFixture;
let gateway: Gateway;
let server: Server;
let upstream: Upstream;
let buyer: AddedBuyer;
let targets: { path: string; body?: object }[];
let answer: (response: ServerResponse, recorded: RecordedRequest) => void;
let log = '';

beforeAll(async () => {
  fixture = await createGatewayFixture();
  const { platform } = fixture;
  const logger = pino(
    { level: 'trace' },
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        log += chunk.toString();
        done();
      },
    }),
  );
  gateway = createGateway({
    ...{ ...platform, logger },
    limits: { breakerFailures: Infinity },
  });
  await gateway.start();
  server = createServer((request, response) => {
    if (!gateway.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream = await startUpstream((request, response, recorded) => {
    request.resume().once('end', () => answer(response, recorded));
  });
  const credential = { placement: 'header', parameterName: 'x-seller-key', secret: SELLER } as const;
  const rest = await fixture.addService({ baseUrl: `${upstream.url}/base`, credential });
  const llm = await fixture.addService({
    ...{ baseUrl: `${upstream.url}/v1`, kind: 'llm', credential },
    upstream: { dialect: 'openai-chat', models: [] },
  });
  for (const { id } of [rest, llm]) {
    const proxySecretEnvelope = platform.keyring.seal(PROXY_SECRET, `proxy-secret:${id}`);
    await platform.db.update(services).set({ proxySecretEnvelope }).where(eq(services.id, id));
  }
  buyer = await fixture.addBuyer(await fixture.addPlan(rest, { kind: 'free' }));
  await fixture.subscribe(buyer.organizationId, await fixture.addPlan(llm, { kind: 'free' }));
  const messages = [{ role: 'user', content: PROMPT }];
  const chat = { model: `${llm.slug}/m1`, max_tokens: 5, messages };
  targets = [
    { path: `/proxy/v1/${rest.slug}/x?note=${PROMPT}` },
    { path: '/v1/chat/completions', body: chat },
    { path: '/v1/chat/completions', body: { ...chat, stream: true } },
    { path: '/v1/messages', body: { ...chat, stream: true } },
  ];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
  await fixture.close();
  await upstream.close();
});

/** Head and body as raw text, also of what breaks off. */
function exchange({ path, body }: { path: string; body?: object }): Promise<string> {
  return new Promise((resolve) => {
    const { port } = server.address() as AddressInfo;
    const sent = httpRequest(
      {
        ...{ port, host: '127.0.0.1', path, method: body ? 'POST' : 'GET' },
        headers: { 'x-api-key': buyer.key.secret, 'content-type': 'application/json' },
      },
      (response) => {
        let text = response.rawHeaders.join('\n');
        response.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
        response.once('close', () => resolve(text));
        response.on('error', () => undefined);
      },
    );
    sent.once('error', (error) => resolve(String(error)));
    sent.end(body && JSON.stringify(body));
  });
}

/** A refused credential is given up; its seller takes it in use again. */
async function reset(): Promise<void> {
  answer = (response) => json(response, 200, {});
  for (const target of targets) {
    await until('the credential to be in use again', async () => {
      // Again and again: a refusal may still be on its way into the row.
      await fixture.platform.db
        .update(credentials)
        .set({ status: 'active', disabledReason: null, refusals: 0, coolingUntil: null });
      const asked = upstream.requests.length;
      await exchange(target);
      return upstream.requests.length > asked;
    });
  }
}

/** Everything in the database, as text. */
async function dump(): Promise<string> {
  const { sql } = fixture.platform.database;
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`;
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await sql<{ text: string }[]>`select t::text as text from ${sql(name)} t`;
      return rows.map(({ text }) => text).join('\n');
    }),
  );
  return texts.join('\n');
}

it('no answer holds the seller’s, no log and no row holds anybody’s', { timeout: 120_000 }, async () => {
  const leaks: string[] = [];
  let calls = 0;
  for (const secret of [SELLER, PROXY_SECRET]) {
    for (const [form, encode] of Object.entries(FORMS)) {
      const text = encode(secret);
      for (const [behaviour, behave] of Object.entries(BEHAVIOURS)) {
        answer = (response) => behave(response, text);
        const seen = await Promise.all(targets.map(exchange));
        calls += seen.length;
        if (behaviour === 'with 401' || behaviour === 'with 403') await reset();
        seen.forEach((one, index) => {
          for (const name of Object.keys(FORMS)) {
            const word = FORMS[name]!(secret);
            if (one.includes(word) || one.includes(JSON.stringify(word).slice(1, -1)))
              leaks.push(`${form} ${behaviour} at ${targets[index]!.path}: ${name}`);
          }
        });
      }
    }
  }
  expect(calls).toBeGreaterThan(900);
  expect(upstream.requests.length).toBeGreaterThanOrEqual(calls);
  expect([...new Set(leaks)]).toEqual([]);

  await gateway.drain();
  expect(log.length).toBeGreaterThan(0);
  const stored = await dump();
  expect(stored).toContain(buyer.organizationId);
  for (const [place, text] of [
    ['log', log],
    ['database', stored],
  ] as const) {
    for (const secret of [
      ...Object.values(FORMS).flatMap((f) => [f(SELLER), f(PROXY_SECRET)]),
      PROMPT,
      buyer.key.secret,
    ]) {
      expect([place, secret, text.includes(secret)]).toEqual([place, secret, false]);
    }
  }
  for (const { headers, url, body } of upstream.requests) {
    expect(JSON.stringify([headers, url, body])).not.toContain(buyer.key.secret);
  }
});

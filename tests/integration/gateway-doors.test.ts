/** Every address of the LLM doors asks for a key, a subscription and money, is limited, and becomes one usage event. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';

/** The table itself, so that no new address is left out here. */
const TABLE = readFileSync(new URL('../../app/gateway/doors.ts', import.meta.url), 'utf8');
const PATHS = [...TABLE.matchAll(/^ {2}'(\/[a-z_/]+)': \['([a-z-]+)', '([a-z_]+)'/gm)];
const VERBS = [
  ...TABLE.matchAll(/^ {2}([a-zA-Z]+): \['(?:generate|count_tokens|embeddings)', (?:true|false)\]/gm),
];

const SLUGS = { openai: 'open', anthropic: 'anth', gemini: 'gemi' } as const;
type Kind = keyof typeof SLUGS;

interface Address {
  kind: Kind;
  /** Behind `/v1` and the service. */
  path: (model: string) => string;
  version: string;
  name: string;
}

const kindOf = (dialect: string): Kind => (dialect === 'anthropic' ? 'anthropic' : 'openai');
const ADDRESSES: Address[] = [
  ...PATHS.map(([, path, dialect]) => ({
    kind: kindOf(dialect!),
    path: () => path!,
    version: '/v1',
    name: path!,
  })),
  ...VERBS.map(([, verb]) => ({
    kind: 'gemini' as const,
    path: (model: string) => `/models/${encodeURIComponent(model)}:${verb}?alt=sse`,
    version: '/v1beta',
    name: `:${verb}`,
  })),
];
const DOORS = {
  model: ({ kind, version, path }: Address) => version + path(`${SLUGS[kind]}/m`),
  llm: ({ kind, version, path }: Address) => `/llm/${SLUGS[kind]}${version}${path('m')}`,
  proxy: ({ kind, version, path }: Address) => `/proxy/v1/${SLUGS[kind]}${version}${path('m')}`,
} as const;

const USAGE = { prompt_tokens: 7, completion_tokens: 3, input_tokens: 7, output_tokens: 3 };
/** What any of them may be answered with. */
const ANSWER = {
  ...{ choices: [{ index: 0, text: 'x', message: { content: 'x' }, finish_reason: 'stop' }], usage: USAGE },
  ...{ output: [], content: [{ type: 'text', text: 'x' }], data: [], embeddings: [], totalTokens: 7 },
  candidates: [{ index: 0, content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3 },
};
const contents = [{ role: 'user', parts: [{ text: 'x' }] }];
const BODY = {
  openai: {
    prompt: 'x',
    input: 'x',
    messages: [{ role: 'user', content: 'x' }],
    query: 'x',
    documents: ['x'],
  },
  anthropic: { max_tokens: 9, messages: [{ role: 'user', content: 'x' }] },
  gemini: { contents, content: contents[0], requests: [{ content: contents[0] }] },
};

let fixture: GatewayFixture;
let upstream: Upstream;
const plans = {} as Record<Kind, AddedPlan>;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => {
      const streams = request.url!.includes('streamGenerateContent');
      response.setHeader('content-type', streams ? 'text/event-stream' : 'application/json');
      response.end(streams ? `data: ${JSON.stringify(ANSWER)}\n\n` : JSON.stringify(ANSWER));
    });
  });
  for (const kind of Object.keys(SLUGS) as Kind[]) {
    const service = await fixture.addService({
      baseUrl: upstream.url,
      slug: SLUGS[kind],
      kind: 'llm',
      upstream: { dialect: kind === 'openai' ? 'openai-chat' : kind, models: ['m'] },
    });
    const prices = { input_token: 1_000_000n, output_token: 1_000_000n };
    plans[kind] = await fixture.addPlan(service, { kind: 'per_token', prices });
  }
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

function bodyFor({ kind, name }: Address, model: string): object {
  // Responses know a stored prompt by that name.
  if (name === '/responses') return { model, input: 'x' };
  return kind === 'gemini' ? BODY.gemini : { ...BODY[kind], model };
}

async function ask(address: Address, door: keyof typeof DOORS, key: string | null) {
  const before = upstream.requests.length;
  const named = door === 'model' ? `${SLUGS[address.kind]}/m` : 'm';
  const sent = await fixture.call(DOORS[door](address), key, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodyFor(address, named)),
  });
  await sent.text();
  return { status: sent.status, headers: sent.headers, reached: upstream.requests.length - before };
}

it('knows its addresses', () => {
  expect(PATHS.length).toBeGreaterThanOrEqual(14);
  expect(VERBS.length).toBeGreaterThanOrEqual(5);
});

describe.each(Object.keys(DOORS) as (keyof typeof DOORS)[])('behind the %s door', (door) => {
  it.each(ADDRESSES.map((address) => [address.name, address] as const))('%s', async (name, address) => {
    expect(await ask(address, door, null)).toMatchObject({ status: 401, reached: 0 });
    const stranger = await fixture.addBuyer(null);
    const refused = await ask(address, door, stranger.key.secret);
    expect([403, 404]).toContain(refused.status);
    expect(refused.reached).toBe(0);
    const isFree = /count_?tokens/i.test(name);
    if (!isFree) {
      const poor = await fixture.addBuyer(plans[address.kind], { walletNanos: 0n });
      expect(await ask(address, door, poor.key.secret)).toMatchObject({ status: 402, reached: 0 });
    }
    const buyer: AddedBuyer = await fixture.addBuyer(plans[address.kind], { walletNanos: 1_000_000n });
    const { status, headers, reached } = await ask(address, door, buyer.key.secret);
    expect([status, reached]).toEqual([200, 1]);
    expect(headers.get('ratelimit')).toBeTruthy();
    const rows = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ terminal_state: 'complete', model: 'm' });
    if (isFree) expect(rows[0]!.charge_nanos).toBe('0');
    else expect(BigInt(rows[0]!.charge_nanos)).toBeGreaterThan(0n);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({
      available: 1_000_000n - BigInt(rows[0]!.charge_nanos),
      held: 0n,
    });
  });
});

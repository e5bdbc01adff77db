/** Names of tools are the caller's, whatever the upstream takes: agents with MCP servers have long ones. */
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

const NAME = `mcp__${'a_long_server_'.repeat(5)}__tool`;

let fixture: GatewayFixture;
let upstream: Upstream;
let client: Anthropic;

interface Asked {
  stream?: boolean;
  tools: { function: { name: string } }[];
  messages: { tool_calls?: { function: { name: string } }[] }[];
}
const lastAsked = (): Asked => JSON.parse(upstream.requests.at(-1)!.body) as Asked;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream(async (request, response) => {
    await new Promise((resolve) => request.once('end', resolve));
    const { stream, tools } = lastAsked();
    const { name } = tools[0]!.function;
    const call = { index: 0, id: 'call_1', type: 'function', function: { name, arguments: '{"a":1}' } };
    const head = { id: 'c', created: 1, model: 'm' };
    if (!stream) {
      response.setHeader('content-type', 'application/json');
      const message = { role: 'assistant', content: null, tool_calls: [call] };
      response.end(
        JSON.stringify({ ...head, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }),
      );
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    for (const [delta, finish_reason] of [
      [{ tool_calls: [call] }, null],
      [{}, 'tool_calls'],
    ])
      response.write(
        `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }] })}\n\n`,
      );
    response.end('data: [DONE]\n\n');
  });
  const service = await fixture.addService({
    baseUrl: upstream.url,
    slug: 'writer',
    kind: 'llm',
    upstream: { dialect: 'openai-chat', models: ['m'] },
  });
  const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  client = new Anthropic({ apiKey: buyer.key.secret, baseURL: fixture.url, maxRetries: 0 });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

it.each(['whole', 'streamed'])('a call of a tool with a long name comes back under it, %s', async (how) => {
  const asked: Anthropic.MessageCreateParamsNonStreaming = {
    model: 'writer/m',
    max_tokens: 10,
    tools: [{ name: NAME, input_schema: { type: 'object', properties: {} } }],
    tool_choice: { type: 'tool', name: NAME },
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: NAME, input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'y' }] },
    ],
  };
  const answer =
    how === 'whole'
      ? await client.messages.create(asked)
      : await client.messages.stream(asked).finalMessage();
  expect(answer.content).toMatchObject([{ type: 'tool_use', name: NAME, input: { a: 1 } }]);
  const told = lastAsked();
  const { name } = told.tools[0]!.function;
  expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  expect(told).toMatchObject({ tool_choice: { function: { name } } });
  expect(told.messages.flatMap((message) => message.tool_calls ?? [])).toMatchObject([
    { function: { name } },
  ]);
});

import { expect, it } from 'vitest';
import { routeOfBody } from './route-of-body.ts';

const hi = [{ role: 'user', content: 'Hi' }];
const says = (block: object) => [{ role: 'user', content: [block] }];
const CHAT = 'openai-chat';

it.each([
  [{ messages: hi }, CHAT],
  [{ messages: hi, max_tokens: 5 }, CHAT],
  [{ messages: hi, max_tokens: 5, system: 'Be brief.' }, 'anthropic'],
  [{ messages: hi, max_tokens: 5, stop_sequences: ['X'] }, 'anthropic'],
  [{ messages: hi, max_tokens: 5, tools: [{ name: 'f', input_schema: {} }] }, 'anthropic'],
  [{ messages: says({ type: 'tool_result', tool_use_id: 'a' }), max_tokens: 5 }, 'anthropic'],
  [{ messages: says({ type: 'image', source: {} }), max_tokens: 5 }, 'anthropic'],
  // Others than OpenAI have these in their chat completions.
  [{ messages: hi, thinking: { type: 'enabled' }, top_k: 5 }, CHAT],
  [{ messages: says({ type: 'image_url', image_url: { url: 'x' } }) }, CHAT],
  [{ messages: hi, tools: [{ type: 'function', function: { name: 'f' } }] }, CHAT],
  [{ messages: 'x', tools: 5 }, CHAT],
  [{ input: 'Hi' }, 'openai-responses'],
  [{ prompt: 'Hi' }, 'openai-completions'],
  [{ contents: [] }, 'gemini'],
  [{}, CHAT],
])('tells what %j speaks: %s', (body, dialect) => {
  expect(routeOfBody({}, body).dialect).toBe(dialect);
});

it('believes Anthropic’s header', () => {
  expect(routeOfBody({ 'anthropic-version': '2023-06-01' }, { messages: hi }).dialect).toBe('anthropic');
});

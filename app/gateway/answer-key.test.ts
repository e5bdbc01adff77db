import { expect, it } from 'vitest';
import { answerKey, askedOfLlm, PUBLIC } from './answer-key.ts';
import type { Call } from './call.ts';
import type { LlmCall } from './llm/llm-call.ts';

const members = { model: 'small', messages: [{ role: 'user', content: 'Hi' }], temperature: 0 };
const llm = {
  dialect: 'openai-chat',
  operation: 'generate',
  upstreamModel: 'small',
  stream: false,
  facts: { wantsUsage: false },
  added: { maxOutputTokens: 100, systemPrompt: '', defaults: {} },
  members,
};

function keyOf(
  changes: Partial<typeof llm> = {},
  forwardHeaders: string[] = [],
  tenant = { organizationId: 'org_1' },
) {
  const call = { restPath: '/v1/chat/completions', query: '', forwardHeaders, request: { headers: {} } };
  const asked = askedOfLlm(call as unknown as Call, { ...llm, ...changes } as unknown as LlmCall);
  return answerKey(tenant, 'svc_1', asked);
}

it('is the same for the same request, in whatever order it was written', () => {
  const turned = { temperature: 0, messages: [{ content: 'Hi', role: 'user' }], model: 'small' };
  expect(keyOf({ members: turned })).toBe(keyOf());
});

it('is another one for anything that may change the answer', () => {
  const keys = [
    keyOf(),
    keyOf({ members: { ...members, temperature: 1 } }),
    keyOf({ upstreamModel: 'large' }),
    keyOf({ added: { ...llm.added, systemPrompt: 'Be brief.' } }),
    keyOf({ added: { ...llm.added, maxOutputTokens: 5 } }),
    keyOf({ stream: true }),
    keyOf({}, ['anthropic-beta', 'new']),
    keyOf({}, [], { organizationId: 'org_2' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf({}, ['x-trace', '1'])).toBe(keyOf());
});

it('says whose the answer is', () => {
  expect(answerKey({ organizationId: 'org_1' }, 'svc_1', [])).toMatch(/^answer:of:org_1:/);
  expect(answerKey(PUBLIC, 'svc_1', [])).toMatch(/^answer:public:/);
});

import { describe, expect, it } from 'vitest';
import { dialectOf } from '../dialects/index.ts';
import type { NeutralRequest } from '../dialects/neutral.ts';
import { fitToolNames, ownToolNames } from './tool-names.ts';

const LONG = `mcp__${'server_'.repeat(10)}__tool`;
const NAMES = [LONG, `${LONG}s`, 'files.read', '9lives', 'plain_one', '天气'];
const DIALECTS = ['openai-chat', 'openai-responses', 'anthropic', 'gemini'] as const;

const request: NeutralRequest = {
  ...dialectOf('openai-chat').parseRequest(
    { model: 'm', messages: [{ role: 'user', content: 'x' }] },
    { model: null, stream: null },
  ),
  tools: NAMES.map((name) => ({ name, parameters: {} })),
  toolChoice: { name: LONG },
  messages: [
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'a', name: LONG, arguments: '{}' }] },
    { role: 'tool', parts: [{ type: 'tool_result', callId: 'a', name: LONG, parts: [], isError: false }] },
  ],
};

describe.each(DIALECTS)('names of tools for %s', (name) => {
  const { toolName } = dialectOf(name);
  const fitted = fitToolNames(request, toolName);
  const told = fitted.tools.map((tool) => tool.name);

  it('are all taken, told apart, and found again', () => {
    expect(told.every((one) => toolName.test(one))).toBe(true);
    expect(new Set(told).size).toBe(NAMES.length);
    const own = ownToolNames(request, toolName)!;
    expect(told.map((one) => own.get(one) ?? one)).toEqual(NAMES);
  });

  it('are the same in calls, results and the choice', () => {
    const [call, result] = fitted.messages.flatMap(({ parts }) => parts);
    expect([call, result, fitted.toolChoice]).toMatchObject([
      { name: told[0] },
      { name: told[0] },
      { name: told[0] },
    ]);
  });

  it('stay as they are where they are taken', () => {
    const plain = {
      ...request,
      tools: [{ name: 'plain_one', parameters: {} }],
      toolChoice: null,
      messages: [],
    };
    expect(fitToolNames(plain, toolName)).toBe(plain);
    expect(ownToolNames(plain, toolName)).toBeNull();
  });
});

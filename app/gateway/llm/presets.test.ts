import { describe, expect, it } from 'vitest';
import type { DialectName } from '../../lib/service-options.ts';
import type { CompiledService } from '../snapshot.ts';
import { presetsFor } from './presets.ts';

const service = (dialect: DialectName, defaultParameters: object): CompiledService =>
  ({ defaultParameters, upstreams: [{ dialect }] }) as unknown as CompiledService;

describe('a seller’s presets', () => {
  const presets = { temperature: 0.2, max_tokens: 50, stop: ['x'], seed: 7 };
  it.each([
    ['openai-chat', { temperature: 0.2, max_tokens: 50, stop: ['x'], seed: 7 }],
    ['openai-responses', { temperature: 0.2, max_output_tokens: 50 }],
    ['anthropic', { temperature: 0.2, max_tokens: 50, stop_sequences: ['x'] }],
    ['gemini', { temperature: 0.2, maxOutputTokens: 50, stopSequences: ['x'], seed: 7 }],
  ] as const)('are said in the words of %s', (dialect, expected) => {
    expect(presetsFor(service('openai-chat', presets), dialect)).toEqual(expected);
  });

  it('may be written in any dialect’s words', () => {
    expect(presetsFor(service('gemini', { maxOutputTokens: 9, topK: 3 }), 'anthropic')).toEqual({
      max_tokens: 9,
      top_k: 3,
    });
  });

  it('that only one dialect has are for those who speak it', () => {
    const thinking = service('anthropic', { thinking: { type: 'enabled', budget_tokens: 1_024 } });
    expect(presetsFor(thinking, 'openai-chat')).toEqual({});
    expect(presetsFor(thinking, 'anthropic')).toHaveProperty('thinking');
    expect(presetsFor(service('azure', { logit_bias: {} }), 'openai-chat')).toHaveProperty('logit_bias');
  });
});

import { expect, it } from 'vitest';
import type { NeutralMessage } from '../dialects/neutral.ts';
import { heldAddedTokens } from './estimate-tokens.ts';

const added = (systemPrompt: string) => ({ systemPrompt, defaults: {}, maxOutputTokens: 1, isBounded: true });
const say = (text: string): NeutralMessage => ({ role: 'user', parts: [{ type: 'text', text }] });
const held = (history: NeutralMessage[], prompt = '', operation: 'generate' | 'embeddings' = 'generate') =>
  heldAddedTokens({ operation, history, added: added(prompt) });

it('money is held for what is put in front of a request, and for nothing where nothing is', () => {
  expect(held([])).toBe(0);
  expect(held([], 'p'.repeat(300))).toBeGreaterThanOrEqual(100);
  expect(held([], 'p'.repeat(300), 'embeddings')).toBe(0);
  expect(held([say('t'.repeat(3_000))])).toBeGreaterThanOrEqual(1_000);
});

it('a picture among earlier turns is held for as a picture, not as its bytes', () => {
  const data = `iVBORw0KGgo${'A'.repeat(400_000)}`;
  const source = { kind: 'data' as const, mediaType: 'image/png', data };
  expect(held([{ role: 'user', parts: [{ type: 'image', source }] }])).toBeLessThan(2_000);
});

import { describe, expect, it } from 'vitest';
import { findDoor, findLlmRoute } from './doors.ts';

describe('the doors', () => {
  it.each([
    ['/proxy/v1/weather/x', 'service'],
    ['/proxy/weather/x', 'service'],
    ['/llm/writer/v1/chat/completions', 'llm'],
    ['/v1/chat/completions', 'model'],
    ['/v1beta/models/x:generateContent', 'model'],
    ['http://other.example/v1/models', 'absolute'],
    ['https://other.example/llm/x', 'absolute'],
  ])('%s is taken', (target, door) => expect(findDoor(target)).toBe(door));

  it.each(['/', '/v1', '/v12/x', '/llms/x', '/api/v1/buyer/keys', '/services/v1/x', '/proxyx/a', '*', ''])(
    '%j is none of the gateway’s',
    (target) => expect(findDoor(target)).toBeNull(),
  );
});

describe('what an LLM path asks for', () => {
  it.each([
    ['/v1/chat/completions', 'openai-chat', 'generate'],
    ['/chat/completions', 'openai-chat', 'generate'],
    ['/v4/chat/completions', 'openai-chat', 'generate'],
    ['/v1/chat/completions/', 'openai-chat', 'generate'],
    ['/v%31/chat/complet%69ons', 'openai-chat', 'generate'],
    ['/v1/completions', 'openai-completions', 'generate'],
    ['/v1/responses', 'openai-responses', 'generate'],
    ['/v1/embeddings', 'openai-chat', 'embeddings'],
    ['/v1/messages', 'anthropic', 'generate'],
    ['/v1/messages/count_tokens', 'anthropic', 'count_tokens'],
    ['/v1/images/generations', 'openai-chat', 'other'],
    ['/v1/audio/transcriptions', 'openai-chat', 'other'],
  ] as const)('%s', (path, dialect, operation) => {
    expect(findLlmRoute(path)).toMatchObject({ dialect, operation, model: null, stream: null });
  });

  it.each([
    ['/v1beta/models/g-2:generateContent', 'g-2', 'generate', false],
    ['/v1beta/models/svc/g:7b:streamGenerateContent', 'svc/g:7b', 'generate', true],
    ['/v1/models/svc%2Fg:generateContent', 'svc/g', 'generate', false],
    ['/v1beta/models/g:countTokens', 'g', 'count_tokens', false],
    ['/models/g:embedContent', 'g', 'embeddings', false],
    ['/v1beta/svc/g:streamGenerateContent', 'svc/g', 'generate', true],
    ['/v1beta/models/g:batchEmbedContents', 'g', 'embeddings', false],
    ['/v1beta/models/%ff:generateContent', '%ff', 'generate', false],
    ['/v1beta/models/x%3AgenerateConten%74', 'x', 'generate', false],
  ] as const)('%s, whose model stands in the path', (path, model, operation, stream) => {
    expect(findLlmRoute(path)).toMatchObject({ dialect: 'gemini', model, operation, stream });
  });

  it.each([
    '/v1/files',
    '/v1/chat',
    '/v1/constructor',
    '/v1beta/cachedContents',
    '/v1/models',
    '/v1beta/models/x',
    '/v1',
    '',
  ])('%j is nothing we know', (path) => expect(findLlmRoute(path)).toBeNull());
});

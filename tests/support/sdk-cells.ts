import type { DialectName } from '../../app/lib/service-options.ts';

/** What an SDK can ask for and an upstream cannot give; `docs/sdks.md` says the same. */
export interface MissingCell {
  asked: string;
  upstreams: readonly DialectName[];
  reason: string;
  path: string;
  /** Without the model. */
  body: Record<string, unknown>;
}

export const MISSING_CELLS: readonly MissingCell[] = [
  {
    asked: 'Embeddings',
    upstreams: ['anthropic'],
    reason: 'Anthropic makes no embeddings',
    path: '/v1/embeddings',
    body: { input: 'a text' },
  },
  {
    asked: 'Embeddings of token numbers',
    upstreams: ['gemini'],
    reason: 'token numbers mean something to one model alone',
    path: '/v1/embeddings',
    body: { input: [[1, 2, 3]] },
  },
  {
    asked: 'Images',
    upstreams: ['anthropic', 'gemini'],
    reason: 'only upstreams of OpenAI’s kind have the address',
    path: '/v1/images/generations',
    body: { prompt: 'a picture' },
  },
  {
    asked: 'Speech',
    upstreams: ['anthropic', 'gemini'],
    reason: 'only upstreams of OpenAI’s kind have the address',
    path: '/v1/audio/speech',
    body: { input: 'a text', voice: 'alloy' },
  },
  {
    asked: 'Moderations',
    upstreams: ['anthropic', 'gemini'],
    reason: 'only upstreams of OpenAI’s kind have the address',
    path: '/v1/moderations',
    body: { input: 'a text' },
  },
  {
    asked: 'Reranking',
    upstreams: ['anthropic', 'gemini'],
    reason: 'only upstreams of OpenAI’s kind have the address',
    path: '/v1/rerank',
    body: { query: 'a', documents: ['b'] },
  },
  {
    asked: 'Responses that go on from a stored one',
    upstreams: ['openai-chat', 'azure', 'anthropic', 'gemini'],
    reason: 'they are stored where they were made',
    path: '/v1/responses',
    body: { input: 'a text', previous_response_id: 'resp_1' },
  },
];

type Upstreams = 'openai-chat' | 'openai-responses' | 'azure' | 'anthropic' | 'gemini';

/** What every SDK that has it gets from upstreams of a dialect: as it is, by an estimate, or not at all. */
export interface MatrixRow {
  asked: string;
  /** Who can ask, and which file asks. */
  sdks: string;
  got: Record<Upstreams, 'yes' | 'estimate' | 'no'>;
}

const everywhere = {
  'openai-chat': 'yes',
  'openai-responses': 'yes',
  azure: 'yes',
  anthropic: 'yes',
  gemini: 'yes',
} as const;
const estimated = {
  'openai-chat': 'estimate',
  'openai-responses': 'estimate',
  azure: 'estimate',
  anthropic: 'estimate',
  gemini: 'estimate',
} as const;

export const MATRIX: readonly MatrixRow[] = [
  { asked: 'Answers, streams, errors, leaving', sdks: 'all', got: everywhere },
  { asked: 'Tools, streamed too', sdks: 'all', got: everywhere },
  { asked: 'Images in', sdks: 'all', got: everywhere },
  { asked: 'JSON by a schema', sdks: 'all', got: everywhere },
  { asked: 'Responses', sdks: '`openai`, `ai`', got: everywhere },
  { asked: 'List of models', sdks: 'all', got: everywhere },
  { asked: 'Embeddings', sdks: '`openai`, Google, `ai`', got: { ...everywhere, anthropic: 'no' } },
  { asked: 'Token counts by Anthropic’s SDK', sdks: 'Anthropic', got: { ...estimated, anthropic: 'yes' } },
  { asked: 'Token counts by Google’s SDK', sdks: 'Google', got: { ...estimated, gemini: 'yes' } },
  {
    asked: 'Images, speech, moderations',
    sdks: '`openai`, `ai`',
    got: { ...everywhere, anthropic: 'no', gemini: 'no' },
  },
];

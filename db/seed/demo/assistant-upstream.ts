/**
 * The demo's LLM: a real server on loopback (npm `@copilotkit/aimock`) that speaks the dialects of OpenAI,
 * Anthropic and Google, and whose models read the text they are given. It streams with a believable pace and
 * counts its tokens.
 */
import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import { countTokens } from 'gpt-tokenizer';
import type { DemoUpstream } from './toolbox-upstream.ts';

export const ASSISTANT_MODEL = 'demo-reader-1';
/** The same reader behind upstreams of two other dialects: calls to them are converted. */
export const ASSISTANT_MODELS = { anthropic: 'demo-reader-claude', gemini: 'demo-reader-gemini' } as const;
const JOURNAL_ENTRIES = 50;

/** Starts the assistant; only calls with one of `credentials` are answered, in every dialect. */
export async function startAssistantUpstream(credentials: string[]): Promise<DemoUpstream> {
  const server = new LLMock({
    port: 0,
    host: '127.0.0.1',
    logLevel: 'silent',
    chunkSize: 6,
    journalMaxEntries: JOURNAL_ENTRIES,
    auth: { apiKeys: credentials },
  });
  server.on(
    { predicate: () => true },
    (request) => {
      const content = readText(lastUserText(request));
      return {
        content,
        model: request.model,
        usage: {
          prompt_tokens: count(request.messages.map((message) => textOf(message.content)).join('\n')) + 3,
          completion_tokens: count(content),
        },
      };
    },
    { streamingProfile: { ttft: 60, tps: 120 } },
  );
  await server.start();
  return { baseUrl: server.url, close: () => server.stop() };
}

/** Text such as `<|endoftext|>` is text here, not an instruction to the tokenizer. */
const count = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });

type Content = ChatCompletionRequest['messages'][number]['content'];

function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  return (content ?? [])
    .map((part) => ('text' in part && typeof part.text === 'string' ? part.text : ''))
    .join(' ');
}

function lastUserText(request: ChatCompletionRequest): string {
  const message = request.messages.findLast((candidate) => candidate.role === 'user');
  return message ? textOf(message.content) : '';
}

/** What the model says: it measures the text and names its most frequent longer word. */
function readText(text: string): string {
  const words = [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)]
    .filter((segment) => segment.isWordLike)
    .map((segment) => segment.segment);
  const sentences = [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)].length;
  const frequency = new Map<string, number>();
  for (const word of words.filter((candidate) => candidate.length > 3)) {
    frequency.set(word.toLowerCase(), (frequency.get(word.toLowerCase()) ?? 0) + 1);
  }
  const [top] = [...frequency].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  const minutes = Math.max(1, Math.round(words.length / 230));
  return [
    `I read your text: ${words.length} words in ${sentences} sentences, ${[...text].length} characters, about ${minutes} minute(s) of reading.`,
    top ? `The word you use most is “${top[0]}” (${top[1]}×).` : 'There is no longer word in it.',
    'I am the demo model of this marketplace: I run on this machine, and this answer came through the gateway, metered and charged like any other.',
  ].join(' ');
}

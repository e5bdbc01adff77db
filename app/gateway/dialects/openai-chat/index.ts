/** OpenAI's chat completions, and what resembles them. */
import type { Dialect } from '../dialect.ts';
import { ChunkMeter, watchChunks } from '../openai-shared/chunk-meter.ts';
import { readErrorMessage, renderError } from '../openai-shared/errors.ts';
import { readUsage } from '../openai-shared/usage.ts';
import { isObject } from '../kit/params.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { answerTextBytes, parseAnswer, renderAnswer } from './answer.ts';
import { edit } from './edit.ts';
import { embeddings } from './embeddings.ts';
import { ONCE_ONLY, readFacts } from './facts.ts';
import { parseRequest } from './parse-request.ts';
import { renderRequest } from './render-request.ts';
import { ChatReader } from './stream-reader.ts';
import { ChatWriter } from './stream-writer.ts';

const WATCHED = watchChunks(['content', 'arguments', 'reasoning_content', 'reasoning', 'refusal']);

export const openaiChat: Dialect = {
  name: 'openai-chat',
  readFacts: (body, _context, limits) => readFacts(body, limits),
  onceOnly: ONCE_ONLY,
  edit,
  parseRequest,
  renderRequest,
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  requestPath: () => '/chat/completions',
  parseAnswer,
  renderAnswer,
  openReader: () => new ChatReader(),
  openWriter: (request) => new ChatWriter(request),
  readUsage,
  readServedModel: (answer) =>
    isObject(answer) && typeof answer['model'] === 'string' ? answer['model'] : null,
  answerTextBytes,
  openMeter: ({ hideUsage }) => new ChunkMeter(WATCHED, hideUsage),
  readErrorMessage,
  renderError,
  renderErrorEvent: (error) => renderSseEvent(renderError(error)),
  embeddings,
};

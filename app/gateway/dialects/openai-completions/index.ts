/** OpenAI's completions of old, still spoken by servers of open models. */
import type { Dialect } from '../dialect.ts';
import { embeddings } from '../openai-chat/embeddings.ts';
import { ChunkMeter, watchChunks } from '../openai-shared/chunk-meter.ts';
import { readErrorMessage, renderError } from '../openai-shared/errors.ts';
import { readUsage } from '../openai-shared/usage.ts';
import { isObject } from '../kit/params.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { answerTextBytes, parseAnswer, renderAnswer } from './answer.ts';
import { edit } from './edit.ts';
import { ONCE_ONLY, readFacts } from './facts.ts';
import { parseRequest, renderRequest } from './request.ts';
import { CompletionsReader, CompletionsWriter } from './stream.ts';

const WATCHED = watchChunks(['text']);

export const openaiCompletions: Dialect = {
  name: 'openai-completions',
  readFacts: (body, _context, limits) => readFacts(body, limits),
  onceOnly: ONCE_ONLY,
  edit,
  parseRequest,
  renderRequest,
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  requestPath: () => '/completions',
  parseAnswer,
  renderAnswer,
  openReader: () => new CompletionsReader(),
  openWriter: (request) => new CompletionsWriter(request),
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

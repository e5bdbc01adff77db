/** OpenAI's responses. */
import type { AppError } from '../../../lib/app-error.ts';
import type { Dialect } from '../dialect.ts';
import { embeddings } from '../openai-chat/embeddings.ts';
import { describeError, readErrorMessage, renderError } from '../openai-shared/errors.ts';
import { isObject } from '../kit/params.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { answerTextBytes, parseAnswer, renderAnswer } from './answer.ts';
import { edit } from './edit.ts';
import { ONCE_ONLY, readFacts } from './facts.ts';
import { ResponsesMeter } from './meter.ts';
import { parseRequest } from './parse-request.ts';
import { renderRequest } from './render-request.ts';
import { ResponsesReader } from './stream-reader.ts';
import { ResponsesWriter } from './stream-writer.ts';
import { readUsage } from './usage.ts';

export const openaiResponses: Dialect = {
  name: 'openai-responses',
  readFacts: (body, _context, limits) => readFacts(body, limits),
  onceOnly: ONCE_ONLY,
  edit,
  parseRequest,
  renderRequest,
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  requestPath: () => '/responses',
  parseAnswer,
  renderAnswer,
  openReader: () => new ResponsesReader(),
  openWriter: (request) => new ResponsesWriter(request),
  readUsage,
  readServedModel: (answer) =>
    isObject(answer) && typeof answer['model'] === 'string' ? answer['model'] : null,
  readStoredId: (answer) => (isObject(answer) && typeof answer['id'] === 'string' ? answer['id'] : null),
  answerTextBytes,
  openMeter: () => new ResponsesMeter(),
  readErrorMessage,
  renderError,
  renderErrorEvent,
  embeddings,
};

/** OpenAI documents the flat form and sends the nested one, which makes its SDKs throw: so both. */
function renderErrorEvent(error: AppError): string {
  const { message, code, param, type } = describeError(error);
  const nested = { type, code, message, param };
  return renderSseEvent({ type: 'error', sequence_number: 0, code, message, param, error: nested }, 'error');
}

/** Anthropic's Messages API. */
import type { Dialect } from '../dialect.ts';
import { isObject } from '../kit/params.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { answerTextBytes, parseAnswer, renderAnswer } from './answer.ts';
import { edit } from './edit.ts';
import { readErrorMessage, renderError } from './errors.ts';
import { ONCE_ONLY, readFacts } from './facts.ts';
import { MessageMeter } from './meter.ts';
import { parseRequest } from './parse-request.ts';
import { renderRequest } from './render-request.ts';
import { MessageReader } from './stream-reader.ts';
import { MessageWriter } from './stream-writer.ts';
import { readUsage } from './usage.ts';

export const anthropic: Dialect = {
  name: 'anthropic',
  readFacts: (body, _context, limits) => readFacts(body, limits),
  onceOnly: ONCE_ONLY,
  edit,
  parseRequest,
  renderRequest,
  toolName: /^[a-zA-Z0-9_-]{1,128}$/,
  requestPath: () => '/messages',
  parseAnswer,
  renderAnswer,
  openReader: () => new MessageReader(),
  openWriter: () => new MessageWriter(),
  readUsage,
  readServedModel: (answer) =>
    isObject(answer) && typeof answer['model'] === 'string' ? answer['model'] : null,
  answerTextBytes,
  openMeter: () => new MessageMeter(),
  readErrorMessage,
  renderError,
  renderErrorEvent: (error, context) => renderSseEvent(renderError(error, context), 'error'),
};

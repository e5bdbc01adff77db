/** Google's Gemini API. Model and verb stand in the path. */
import type { Dialect } from '../dialect.ts';
import { isObject } from '../kit/params.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { answerTextBytes, parseAnswer, renderAnswer } from './answer.ts';
import { edit } from './edit.ts';
import { embeddings } from './embeddings.ts';
import { readErrorMessage, renderError } from './errors.ts';
import { ONCE_ONLY, readFacts } from './facts.ts';
import { ContentMeter } from './meter.ts';
import { parseRequest } from './parse-request.ts';
import { renderRequest } from './render-request.ts';
import { ContentReader } from './stream-reader.ts';
import { ContentWriter } from './stream-writer.ts';
import { readUsage } from './usage.ts';

export const gemini: Dialect = {
  name: 'gemini',
  readFacts,
  onceOnly: ONCE_ONLY,
  edit,
  parseRequest,
  renderRequest,
  toolName: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
  requestPath: (model, stream) =>
    `/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  parseAnswer,
  renderAnswer,
  openReader: () => new ContentReader(),
  openWriter: () => new ContentWriter(),
  readUsage,
  readServedModel: (answer) =>
    isObject(answer) && typeof answer['modelVersion'] === 'string' ? answer['modelVersion'] : null,
  answerTextBytes,
  openMeter: () => new ContentMeter(),
  readErrorMessage,
  renderError,
  renderErrorEvent: (error, context) => renderSseEvent(renderError(error, context)),
  embeddings,
};

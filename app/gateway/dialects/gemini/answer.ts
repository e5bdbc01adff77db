/** `GenerateContentResponse`. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralAnswer, NeutralChoice } from '../neutral.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { isObject } from '../kit/params.ts';
import { AnswerCallIds, parseCandidateParts, readLogprobs, renderLogprobs } from './candidate-parts.ts';
import { requireAnswer } from './errors.ts';
import { isBlocked, readFinishReason, renderFinishReason } from './finish-reason.ts';
import { renderAnswerParts } from './render-parts.ts';
import { readUsage, renderUsage } from './usage.ts';

/**
 * @param value also the array that Google streams, as a whole.
 * @throws AppError `upstream_error` when it is none.
 */
export function parseAnswer(value: unknown): NeutralAnswer {
  const body = requireAnswer(Array.isArray(value) ? joinChunks(value.filter(isObject)) : value);
  const { responseId, modelVersion, candidates } = body;
  const blocked = isBlocked(body);
  if (!Array.isArray(candidates) && !blocked) throw malformedAnswer();
  const ids = new AnswerCallIds();
  const list: unknown[] = Array.isArray(candidates) ? candidates : [];
  const choices = list.filter(isObject).map((candidate, i) => parseCandidate(candidate, i, ids));
  return {
    id: typeof responseId === 'string' ? responseId : '',
    model: typeof modelVersion === 'string' ? modelVersion : '',
    created: Math.floor(Date.now() / 1000),
    choices: choices.length === 0 && blocked ? [{ index: 0, parts: [], stop: 'content_filter' }] : choices,
    usage: readUsage(body),
  };
}

/** What the chunks of a stream say together. */
function joinChunks(chunks: readonly JsonObject[]): JsonObject {
  const candidates = new Map<unknown, JsonObject>();
  for (const candidate of chunks.flatMap(candidatesOf)) {
    const { index = 0, content } = candidate;
    const known = candidates.get(index);
    const parts = [...partsOf(known?.['content']), ...partsOf(content)];
    candidates.set(index, { ...known, ...candidate, content: { role: 'model', parts } });
  }
  return Object.assign({}, ...chunks, { candidates: [...candidates.values()] }) as JsonObject;
}

function candidatesOf({ candidates }: JsonObject): JsonObject[] {
  return Array.isArray(candidates) ? candidates.filter(isObject) : [];
}

function partsOf(content: unknown): unknown[] {
  return isObject(content) && Array.isArray(content['parts']) ? content['parts'] : [];
}

function parseCandidate(candidate: JsonObject, position: number, ids: AnswerCallIds): NeutralChoice {
  const { index, finishReason } = candidate;
  const parts = parseCandidateParts(candidate, ids);
  const logprobs = readLogprobs(candidate);
  return {
    index: typeof index === 'number' ? index : position,
    parts,
    stop: readFinishReason(
      finishReason,
      parts.some(({ type }) => type === 'tool_call'),
    ),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

export function renderAnswer({ id, model, choices, usage }: NeutralAnswer): JsonObject {
  return {
    candidates: choices.map(({ index, parts, stop, logprobs }) => ({
      content: { role: 'model', parts: renderAnswerParts(parts) },
      finishReason: renderFinishReason(stop ?? 'stop'),
      index,
      ...(logprobs === undefined ? {} : renderLogprobs(logprobs)),
    })),
    ...(usage === null ? {} : { usageMetadata: renderUsage(usage) }),
    modelVersion: model,
    responseId: id,
  };
}

/** Bytes of generated text. */
export function answerTextBytes(value: unknown): number {
  if (!isObject(value) || !Array.isArray(value['candidates'])) return 0;
  const ids = new AnswerCallIds();
  let bytes = 0;
  for (const candidate of value['candidates'].filter(isObject)) {
    for (const part of parseCandidateParts(candidate, ids)) {
      if (part.type === 'text' || part.type === 'reasoning') bytes += Buffer.byteLength(part.text);
      if (part.type === 'tool_call') bytes += Buffer.byteLength(part.arguments);
    }
  }
  return bytes;
}

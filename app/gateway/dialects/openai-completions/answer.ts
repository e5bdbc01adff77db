/** `text_completion` objects. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralAnswer, NeutralChoice } from '../neutral.ts';
import { requireAnswer } from '../openai-shared/errors.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { readStopReason, renderStopReason } from '../openai-shared/stop-reason.ts';
import { readUsage, renderUsage } from '../openai-shared/usage.ts';
import { isObject } from '../kit/params.ts';
import { readLogprobs, renderLogprobs } from './logprobs.ts';

/** @throws AppError `upstream_error` when it is none. */
export function parseAnswer(value: unknown): NeutralAnswer {
  const body = requireAnswer(value);
  const { id, model, created, choices } = body;
  if (!Array.isArray(choices)) throw malformedAnswer();
  return {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    created: typeof created === 'number' ? created : 0,
    choices: choices.map(parseChoice),
    usage: readUsage(body),
  };
}

function parseChoice(choice: unknown, position: number): NeutralChoice {
  if (!isObject(choice) || typeof choice['text'] !== 'string') throw malformedAnswer();
  const logprobs = readLogprobs(choice['logprobs']);
  return {
    index: typeof choice['index'] === 'number' ? choice['index'] : position,
    parts: choice['text'] === '' ? [] : [{ type: 'text', text: choice['text'] }],
    stop: readStopReason(choice['finish_reason'], false),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

export function renderAnswer(answer: NeutralAnswer): JsonObject {
  return {
    id: answer.id,
    object: 'text_completion',
    created: answer.created,
    model: answer.model,
    choices: answer.choices.map(({ index, parts, stop, logprobs }) => ({
      index,
      text: parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join(''),
      logprobs: logprobs === undefined ? null : renderLogprobs(logprobs, 0),
      finish_reason: renderFinish(stop ?? 'stop'),
    })),
    ...(answer.usage === null ? {} : { usage: renderUsage(answer.usage) }),
  };
}

/** A completion calls no tools. */
export function renderFinish(stop: Parameters<typeof renderStopReason>[0]): string {
  return stop === 'tool_calls' ? 'stop' : renderStopReason(stop);
}

/** Bytes of generated text. */
export function answerTextBytes(value: unknown): number {
  if (!isObject(value) || !Array.isArray(value['choices'])) return 0;
  return value['choices'].reduce<number>(
    (bytes, choice) =>
      bytes +
      (isObject(choice) && typeof choice['text'] === 'string' ? Buffer.byteLength(choice['text']) : 0),
    0,
  );
}

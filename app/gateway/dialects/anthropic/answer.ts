/** `message` objects. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralAnswer, NeutralPart } from '../neutral.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { isObject } from '../kit/params.ts';
import { readArguments } from '../kit/read-arguments.ts';
import { requireAnswer } from './errors.ts';
import { readSignature, showSignature } from './signature.ts';
import { readStopReason, renderStopReason } from './stop-reason.ts';
import { readUsage, renderUsage } from './usage.ts';

/** @throws AppError `upstream_error` when it is none. */
export function parseAnswer(value: unknown): NeutralAnswer {
  const body = requireAnswer(value);
  const { id, model, content, stop_sequence: stopSequence } = body;
  if (!Array.isArray(content)) throw malformedAnswer();
  return {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    created: Math.floor(Date.now() / 1000),
    choices: [
      {
        index: 0,
        parts: content.filter(isObject).flatMap((block) => parseAnswerBlock(block) ?? []),
        stop: readStopReason(body['stop_reason']),
        ...(typeof stopSequence === 'string' ? { stopSequence } : {}),
      },
    ],
    usage: readUsage(body),
  };
}

/** Null for what Anthropic's own tools leave between the texts. */
function parseAnswerBlock(block: JsonObject): NeutralPart | null {
  const { type, text, id, name, input, thinking, signature, data } = block;
  switch (type) {
    case 'text':
      return typeof text === 'string' && text !== '' ? { type, text } : null;
    case 'tool_use':
      if (typeof id !== 'string' || typeof name !== 'string') throw malformedAnswer();
      return { type: 'tool_call', id, name, arguments: JSON.stringify(input ?? {}) };
    case 'thinking':
      return {
        type: 'reasoning',
        text: typeof thinking === 'string' ? thinking : '',
        ...readSignature(signature),
      };
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', ...readSignature(data), redacted: true };
    default:
      return null;
  }
}

/** Of several choices the first: Anthropic's callers cannot ask for more. */
export function renderAnswer(answer: NeutralAnswer): JsonObject {
  const choice = answer.choices[0];
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: (choice?.parts ?? []).map(renderAnswerBlock).filter((block) => block !== null),
    stop_reason: renderStopReason(choice?.stop ?? 'stop'),
    stop_sequence: choice?.stopSequence ?? null,
    usage: renderUsage(answer.usage),
  };
}

function renderAnswerBlock(part: NeutralPart): JsonObject | null {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text, citations: null };
    case 'tool_call':
      return { type: 'tool_use', id: part.id, name: part.name, input: readArguments(part.arguments) };
    case 'reasoning': {
      const signature = showSignature(part.signature);
      return part.redacted
        ? { type: 'redacted_thinking', data: signature }
        : { type: 'thinking', thinking: part.text, signature };
    }
    default:
      return null;
  }
}

/** Bytes of generated text. */
export function answerTextBytes(value: unknown): number {
  if (!isObject(value) || !Array.isArray(value['content'])) return 0;
  let bytes = 0;
  for (const block of value['content'].filter(isObject)) {
    const { type, text, thinking, input } = block;
    for (const one of [text, thinking]) if (typeof one === 'string') bytes += Buffer.byteLength(one);
    if (type === 'tool_use') bytes += Buffer.byteLength(JSON.stringify(input ?? {}));
  }
  return bytes;
}

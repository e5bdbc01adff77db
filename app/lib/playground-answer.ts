/** What the playground reads out of answers, in each of the dialects it speaks. */
import type { PlaygroundDialect } from './playground-request.ts';

export interface AnswerDelta {
  text: string;
  /** What the model thought before it spoke. */
  reasoning?: string;
  /** Tool calls and the like, as JSON to look at. */
  other?: string;
  inputTokens?: number;
  outputTokens?: number;
  /** What an error event says. */
  error?: { code: string; message: string };
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectAt = (value: unknown, key: string): Json =>
  isObject(value) && isObject(value[key]) ? value[key] : {};
const listAt = (value: unknown, key: string): unknown[] =>
  isObject(value) && Array.isArray(value[key]) ? value[key] : [];
const textAt = (value: unknown, key: string): string =>
  isObject(value) && typeof value[key] === 'string' ? value[key] : '';

function tokens(usage: Json, input: string, output: string): Partial<AnswerDelta> {
  const [inputTokens, outputTokens] = [usage[input], usage[output]];
  return {
    ...(typeof inputTokens === 'number' && { inputTokens }),
    ...(typeof outputTokens === 'number' && { outputTokens }),
  };
}

/** An error in any of the shapes in which the gateway tells one; null when it is none. */
export function readError(value: unknown): { code: string; message: string } | null {
  const error = objectAt(value, 'error');
  const message = textAt(error, 'message');
  if (message === '') return null;
  const details = listAt(error, 'details').map((detail) => textAt(detail, 'reason'));
  const code =
    textAt(error, 'code') || details.find(Boolean) || textAt(error, 'type') || textAt(error, 'status');
  return { code: code.toLowerCase(), message };
}

/** One event of a stream. */
export function readEvent(dialect: PlaygroundDialect, value: unknown): AnswerDelta {
  const error = readError(value);
  if (error) return { text: '', error };
  switch (dialect) {
    case 'openai': {
      const delta = objectAt(listAt(value, 'choices')[0], 'delta');
      const calls = listAt(delta, 'tool_calls').map((call) => {
        const called = objectAt(call, 'function');
        return textAt(called, 'name') + textAt(called, 'arguments');
      });
      const reasoning = textAt(delta, 'reasoning_content') || textAt(delta, 'reasoning');
      return {
        text: textAt(delta, 'content') || textAt(delta, 'refusal'),
        ...(reasoning && { reasoning }),
        ...(calls.length > 0 && { other: calls.join('\n') }),
        ...tokens(objectAt(value, 'usage'), 'prompt_tokens', 'completion_tokens'),
      };
    }
    case 'anthropic': {
      const delta = objectAt(value, 'delta');
      const started = objectAt(value, 'content_block');
      const other =
        textAt(delta, 'partial_json') || (started['type'] === 'tool_use' ? textAt(started, 'name') : '');
      const reasoning = textAt(delta, 'thinking');
      return {
        text: textAt(delta, 'text'),
        ...(reasoning && { reasoning }),
        ...(other && { other }),
        ...tokens(objectAt(objectAt(value, 'message'), 'usage'), 'input_tokens', 'output_tokens'),
        ...tokens(objectAt(value, 'usage'), 'input_tokens', 'output_tokens'),
      };
    }
    case 'gemini':
      return readGemini(value);
  }
}

/** A whole answer. */
export function readAnswer(dialect: PlaygroundDialect, value: unknown): AnswerDelta {
  const error = readError(value);
  if (error) return { text: '', error };
  switch (dialect) {
    case 'openai': {
      const message = objectAt(listAt(value, 'choices')[0], 'message');
      const calls = listAt(message, 'tool_calls');
      const reasoning = textAt(message, 'reasoning_content') || textAt(message, 'reasoning');
      return {
        text: textAt(message, 'content') || textAt(message, 'refusal'),
        ...(reasoning && { reasoning }),
        ...(calls.length > 0 && { other: JSON.stringify(calls, null, 2) }),
        ...tokens(objectAt(value, 'usage'), 'prompt_tokens', 'completion_tokens'),
      };
    }
    case 'anthropic': {
      const blocks = listAt(value, 'content');
      const calls = blocks.filter((block) => textAt(block, 'type') === 'tool_use');
      const reasoning = blocks.map((block) => textAt(block, 'thinking')).join('');
      return {
        text: blocks.map((block) => textAt(block, 'text')).join(''),
        ...(reasoning && { reasoning }),
        ...(calls.length > 0 && { other: JSON.stringify(calls, null, 2) }),
        ...tokens(objectAt(value, 'usage'), 'input_tokens', 'output_tokens'),
      };
    }
    case 'gemini':
      return readGemini(value);
  }
}

/** Gemini's events have the shape of its whole answers. */
function readGemini(value: unknown): AnswerDelta {
  const parts = listAt(objectAt(listAt(value, 'candidates')[0], 'content'), 'parts');
  const calls = parts.filter((part) => isObject(part) && isObject(part['functionCall']));
  const textOf = (thought: boolean) =>
    parts
      .filter((part) => isObject(part) && (part['thought'] === true) === thought)
      .map((part) => textAt(part, 'text'))
      .join('');
  const reasoning = textOf(true);
  return {
    text: textOf(false),
    ...(reasoning && { reasoning }),
    ...(calls.length > 0 && { other: JSON.stringify(calls, null, 2) }),
    ...tokens(objectAt(value, 'usageMetadata'), 'promptTokenCount', 'candidatesTokenCount'),
  };
}

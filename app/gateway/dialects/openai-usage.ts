/** Usage as OpenAI's answers state it: a claim of the upstream's, taken when it is sane. */

export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

/** Nothing real is larger; what claims to be is not believed. */
const MAX_SANE_TOKENS = 100_000_000;
const USAGE_MARK = Buffer.from('"usage"');

/** The usage of a parsed answer or chunk; null when it states none, or none that can be true. */
export function readUsage(answer: unknown): TokenUsage | null {
  if (typeof answer !== 'object' || answer === null || !('usage' in answer)) return null;
  const { usage } = answer;
  if (typeof usage !== 'object' || usage === null) return null;
  const { prompt_tokens: input, completion_tokens: output } = usage as Record<string, unknown>;
  if (!isSane(input) || !isSane(output)) return null;
  return { inputTokens: input, outputTokens: output };
}

function isSane(count: unknown): count is number {
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= MAX_SANE_TOKENS;
}

/** Usage and text length of a whole JSON answer; `answer` may be any bytes. */
export function readAnswer(answer: Buffer): { usage: TokenUsage | null; textBytes: number } {
  let value: unknown;
  try {
    value = JSON.parse(answer.toString('utf8'));
  } catch {
    return { usage: null, textBytes: answer.length };
  }
  return { usage: readUsage(value), textBytes: answerTextBytes(value) };
}

function answerTextBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('choices' in value) || !Array.isArray(value.choices))
    return 0;
  let bytes = 0;
  for (const choice of value.choices as unknown[]) {
    const message = (choice as { message?: { content?: unknown; tool_calls?: unknown } } | null)?.message;
    if (typeof message?.content === 'string') bytes += Buffer.byteLength(message.content);
    if (message?.tool_calls !== undefined) bytes += JSON.stringify(message.tool_calls).length;
  }
  return bytes;
}

/** Usage from the end of an answer too long to be kept whole. */
export function readUsageFromTail(tail: Buffer): TokenUsage | null {
  const at = tail.lastIndexOf(USAGE_MARK);
  if (at === -1) return null;
  const text = tail.toString('utf8', at);
  let depth = 0;
  for (let i = text.indexOf('{'); i !== -1 && i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) {
      try {
        return readUsage(JSON.parse(`{${text.slice(0, i + 1)}}`));
      } catch {
        return null;
      }
    }
  }
  return null;
}

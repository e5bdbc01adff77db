import type { Call } from '../call.ts';
import type { Dialect, JsonObject, RequestContext } from '../dialects/dialect.ts';
import type { NeutralPart, NeutralRequest } from '../dialects/neutral.ts';
import { sendJson } from '../send-json.ts';

/** What an image usually costs where its size is not known. */
const TOKENS_PER_IMAGE = 1_600;
/** Text such as `<|endoftext|>` is text here, not an instruction to the tokenizer. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };
/** Roles and separators around each message. */
const TOKENS_PER_MESSAGE = 4;

/** Answers a token count by an estimate, where no upstream could count. */
export async function answerTokenCount(call: Call, dialect: Dialect, context: RequestContext): Promise<void> {
  const { members } = call.llm!;
  const nested = members['generateContentRequest'];
  const counted = typeof nested === 'object' && nested !== null ? (nested as JsonObject) : members;
  // What is only counted needs no bound, which Anthropic demands of a request that is answered.
  const request = dialect.parseRequest({ max_tokens: 1, ...counted }, context);
  const tokens = await estimateTokens(request);
  sendJson(call, dialect.name === 'gemini' ? { totalTokens: tokens } : { input_tokens: tokens }, [
    'x-tollgate-estimated',
    'true',
  ]);
}

async function estimateTokens({ system, messages, tools }: NeutralRequest): Promise<number> {
  // Loaded when first needed: the vocabulary is large and most installations never count.
  const { countTokens } = await import('gpt-tokenizer');
  const parts = [...system, ...messages.flatMap((message) => message.parts)];
  let tokens = (messages.length + 1) * TOKENS_PER_MESSAGE;
  for (const part of parts.flatMap(flatten)) {
    if (part.type === 'image') tokens += TOKENS_PER_IMAGE;
    else tokens += countTokens(textOf(part), AS_TEXT);
  }
  for (const tool of tools) tokens += countTokens(JSON.stringify(tool), AS_TEXT);
  return tokens;
}

function flatten(part: NeutralPart): NeutralPart[] {
  return part.type === 'tool_result' ? part.parts.flatMap(flatten) : [part];
}

function textOf(part: NeutralPart): string {
  if (part.type === 'tool_call') return `${part.name} ${part.arguments}`;
  return 'text' in part ? part.text : '';
}

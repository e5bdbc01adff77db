/** Tokens without a tokenizer: for holds, and for charges where the upstream says nothing. */
import { kindOfAddress, kindOfData } from '../dialects/kit/media-kind.ts';
import { measureText, type StringKind } from '../dialects/kit/measure-text.ts';
import type { LlmCall } from './llm-call.ts';

type Facts = Pick<LlmCall['facts'], 'textBytes' | 'images'>;
type Seen = Pick<LlmCall, 'operation' | 'history' | 'added'> & {
  facts: Facts & Pick<LlmCall['facts'], 'references'>;
};

/** An upper estimate; OpenAI's own ceiling for a detailed image is about this. */
const TOKENS_PER_IMAGE = 1_600;
/**
 * For holds: BPE vocabularies average four bytes a token in English and three in Chinese, Japanese and
 * Korean (UTF-8), so bytes / 3 stays above what text costs.
 */
const HELD_BYTES_PER_TOKEN = 3;
/**
 * What can be believed of input that a request only points to: stored responses, files, pages that a tool
 * has read. About the context of most models; nobody here can see it.
 */
const UNSEEN_TOKENS = 200_000;
/** What can be believed of reasoning that nobody was shown, where nobody set a bound. */
const HIDDEN_TOKENS = 32_000;
/** For charges: the usual average. */
const CHARGED_BYTES_PER_TOKEN = 4;

/** Input tokens to hold money for. */
export function heldInputTokens({ textBytes, images }: Facts): number {
  return Math.ceil(textBytes / HELD_BYTES_PER_TOKEN) + images * TOKENS_PER_IMAGE;
}

/** The same for what is put in front of the caller's own words: earlier turns, the seller's prompt. */
export function heldAddedTokens({
  operation,
  history,
  added,
}: Pick<LlmCall, 'operation' | 'history' | 'added'>): number {
  if (operation !== 'generate' || (history.length === 0 && added.systemPrompt === '')) return 0;
  return heldInputTokens(measureText(history, [added.systemPrompt], kindOfPart));
}

function kindOfPart(name: string, value: string): StringKind {
  if (name === 'data') return kindOfData(value);
  return name === 'url' ? kindOfAddress(value) : 'text';
}

/** The most input tokens that can be believed. */
export function credibleInputTokens(llm: Seen): number {
  const unseen = llm.facts.references > 0 ? UNSEEN_TOKENS : 0;
  return heldInputTokens(llm.facts) + heldAddedTokens(llm) + unseen;
}

/** The most output tokens of all choices together. */
export function heldOutputTokens({ added, facts }: Pick<LlmCall, 'added' | 'facts'>): number {
  return added.maxOutputTokens * facts.choices;
}

/**
 * The most output tokens that can be believed of an answer with so much text: what was allowed, where
 * somebody said; else what is usual, or what the text comes to with the thoughts behind it.
 */
export function credibleOutputTokens(
  textBytes: number,
  llm: Pick<LlmCall, 'operation' | 'added' | 'facts'>,
): number {
  const held = heldOutputTokens(llm);
  if (llm.added.isBounded || llm.operation !== 'generate') return held;
  return Math.max(held, Math.ceil(textBytes / HELD_BYTES_PER_TOKEN) + HIDDEN_TOKENS);
}

/** Input tokens to charge when the upstream does not say. */
export function estimatedInputTokens({ textBytes, images }: Facts): number {
  return Math.ceil(textBytes / CHARGED_BYTES_PER_TOKEN) + images * TOKENS_PER_IMAGE;
}

/** Output tokens to charge for text that was delivered; never more than the call was allowed, where somebody said. */
export function estimatedOutputTokens(textBytes: number, llm: Pick<LlmCall, 'added' | 'facts'>): number {
  const tokens = Math.ceil(textBytes / CHARGED_BYTES_PER_TOKEN);
  return llm.added.isBounded ? Math.min(tokens, heldOutputTokens(llm)) : tokens;
}
